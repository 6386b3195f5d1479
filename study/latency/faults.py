"""What can go wrong with a device, each under a name of its own that results and reports carry as a status."""

from study.errors import StudyError

NO_SSH = "no_ssh"
UNREACHABLE = "unreachable"
HOST_KEY_UNKNOWN = "host_key_unknown"
HOST_KEY_CHANGED = "host_key_changed"
LOGIN_REFUSED = "login_refused"
CONNECTION_CUT = "connection_cut"
NO_PYTHON = "no_python"
NO_INTERPRETER = "no_interpreter"
USERLAND_32_BIT = "userland_32_bit"
DEVICE_FULL = "device_full"
DEVICE_REFUSES = "device_refuses"
HUNG = "hung"
GARBLED = "garbled_answer"
OVERSIZED = "oversized_answer"
EMULATED = "emulated_processor"
NO_EMULATOR = "no_emulator"


class Fault(StudyError):
    """A fault of a device; its message says what to do. `status` is one of the names above."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


class DeviceFault(Fault):
    """Nothing can be measured on the device now."""


class RoundFault(Fault):
    """One measurement has failed; others may succeed."""
