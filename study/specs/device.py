"""A device of the study: an entry of `grid.devices`."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.parse import STRICT

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=40)]
Threads = Annotated[list[Annotated[int, Field(ge=1)] | Literal["all"]], Field(min_length=1)]


@dataclass(frozen=True, config=STRICT)
class SshSpec:
    """An entry {device: ssh, name, host, ...}: a board that is reached with OpenSSH.

    `name` is chosen freely; results are kept under `ssh_<name>`. `user`, `port` and `key` (a private key's file) are
    those of OpenSSH's own configuration where left out. `python` is the interpreter on the board that measures; null:
    the environment that `python -m pipelines.device setup` makes, else `python3`. `threads`: null is as in the section
    `latency`. `accept_new` accepts the key of a host that is not known yet, never a changed one. `known_hosts` is a
    file in place of OpenSSH's own.
    """

    device: Literal["ssh"]
    name: Name
    host: str
    user: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    key: str | None = None
    known_hosts: str | None = None
    accept_new: bool = False
    python: str | None = None
    threads: Threads | None = None
