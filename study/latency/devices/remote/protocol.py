"""The schema of an answer of `measure_script.py` that comes from another machine."""

from dataclasses import field
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from study.latency import faults
from study.latency.faults import RoundFault

STRICT = ConfigDict(extra="ignore", strict=True, str_max_length=200)
Samples = list[Annotated[int, Field(gt=0, lt=1 << 62)]]


@dataclass(frozen=True, config=STRICT)
class Moment:
    """What may change while measuring, see `measure_script.surroundings`."""

    load_1min: float | None = None
    governor: str | None = None
    requested_mhz: float | None = None
    nominal_mhz: float | None = None
    celsius: float | None = None
    arm_mhz: float | None = None
    throttled: Annotated[int, Field(ge=0, lt=1 << 32)] | None = None


@dataclass(frozen=True, config=STRICT)
class Surroundings:
    """Before and after a measurement."""

    before: Moment = field(default_factory=Moment)
    after: Moment = field(default_factory=Moment)
    warmups: int = 0
    other_cpus: float | None = None


@dataclass(frozen=True, config=STRICT)
class Answer:
    """What a round is made of; `outputs` and `invoke_window_ns` are checked where they are used."""

    invoke_ns: Samples
    end_to_end_ns: Samples
    surroundings: Surroundings
    context: dict[str, str | int | float | None]
    delegate: str
    private_bytes: int | None
    peak_rss_bytes: int | None
    empty_rss_bytes: int | None


SCHEMA = TypeAdapter(Answer)


def check(text: str, host: str) -> None:
    """Refuse an answer, as JSON, that is none.

    Raises:
        RoundFault: names the first thing that is wrong.
    """
    try:
        SCHEMA.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = f"{host} gives an answer that cannot be read ({where}: {first['msg']})"
        raise RoundFault(faults.GARBLED, said) from error
