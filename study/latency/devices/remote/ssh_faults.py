"""Which fault it is when OpenSSH ends: from its exit status and its last words (OpenSSH speaks English everywhere)."""

from study.latency import faults
from study.latency.devices.remote.address import Address
from study.latency.faults import DeviceFault

LOST = 255
"""OpenSSH's own exit status; another one is that of the remote program (ssh(1), EXIT STATUS)."""
NOT_FOUND = 127


def fault(address: Address, code: int, said: str, talked: bool) -> DeviceFault:
    """The fault, with what mends it.

    Args:
        address: of the board.
        code: exit status of ssh; negative where a signal ended it.
        said: its standard error.
        talked: whether the board's side had answered before.
    """
    host, last = address.host, _last(said)
    port = f" -p {address.port}" if address.port else ""
    login = f"{address.user}@{host}" if address.user else host
    if "REMOTE HOST IDENTIFICATION HAS CHANGED" in said or "host key has changed" in said.lower():
        return DeviceFault(
            faults.HOST_KEY_CHANGED,
            f"the host key of {host} is not the one known for it: if the "
            f"board was set up anew, ssh-keygen -R {_known_as(address)}, else somebody stands between",
        )
    if "Host key verification failed" in said or "host key is known for" in said:
        return DeviceFault(
            faults.HOST_KEY_UNKNOWN,
            f"the host key of {host} is not known: ssh{port} {login} once, "
            "compare the fingerprint and accept it, or set accept_new: true",
        )
    if "Permission denied" in said or "Too many authentication failures" in said:
        return DeviceFault(
            faults.LOGIN_REFUSED, f"{login} refuses the login: ssh-copy-id{port} {login}, or name another user or key"
        )
    if talked:
        return DeviceFault(
            faults.CONNECTION_CUT,
            f"the connection to {host} broke ({last}): run the same command again, what is measured is kept",
        )
    if code == LOST or code < 0:
        return DeviceFault(
            faults.UNREACHABLE,
            f"{host} cannot be reached ({last}): switch it on and check that ssh{port} {login} works",
        )
    if code == NOT_FOUND:
        return DeviceFault(faults.NO_PYTHON, f"{host} has no python3: ssh{port} {login} sudo apt install python3")
    return DeviceFault(
        faults.NO_PYTHON,
        f"python3 does not start on {host} ({last}, exit status {code}): try ssh{port} {login} python3 --version",
    )


def _last(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no message"


def _known_as(address: Address) -> str:
    """The name under which OpenSSH knows a host, as an argument of ssh-keygen."""
    named = f"'[{address.host}]:{address.port}'" if address.port not in (None, 22) else address.host
    return f"{named} -f {address.known_hosts}" if address.known_hosts else named
