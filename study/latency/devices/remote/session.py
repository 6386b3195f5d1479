"""A connection to a board that is made again when it breaks, and one round over it."""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from study.arrays import Floats32
from study.errors import StudyError
from study.latency import faults, measurement
from study.latency.devices.remote import agreement, energy
from study.latency.devices.remote.address import address_of
from study.latency.devices.remote.board import Board, look
from study.latency.devices.remote.connection import Connection, connected
from study.latency.devices.remote.protocol import check
from study.latency.devices.rounds import time_limit
from study.latency.devices.script import SCRIPT, answer_of
from study.latency.devices.target import DeviceUnderTest
from study.latency.faults import DeviceFault, RoundFault
from study.latency.measurement import Job, Latency
from study.specs.latency import LatencySpec
from study.tflite.facts import LevelSummary, read
from study.tflite.run import runtime_version

COOL_CELSIUS, COOL_SECONDS, COOL_AGAIN_SECONDS = 55.0, 300.0, 30.0
"""Warmest start of a round, longest wait for it; shorter once a board has shown that it does not get there."""
RECONNECT_SECONDS = 5.0
QUICK = {
    "warmup_runs": 3,
    "warmup_seconds": 0.0,
    "runs": 3,
    "seconds": 0.0,
    "end_to_end_runs": 3,
    "end_to_end_seconds": 0.0,
}
"""Budget of a process whose answers count, not its times."""
IMAGES = "images"


class Session:
    """A connection that is made again when it breaks, and what is known of the board behind it."""

    def __init__(self, models: Mapping[str, bytes], spec: LatencySpec, target: DeviceUnderTest) -> None:
        self.models, self.spec, self.target = models, spec, target
        self.address = address_of(target.settings)
        files = list(dict.fromkeys(models.values()))
        self.numbers = {variant: files.index(model) for variant, model in models.items()}
        self.levels: dict[str, LevelSummary] = {}
        self.patience = COOL_SECONDS
        self.governor_set = True
        self._here: dict[tuple[str, str], Floats32 | None] = {}
        self._stack = ExitStack()
        self._reached: tuple[Connection, Board] | None = None

    def close(self) -> None:
        """Leave the board as it was."""
        self._reached = None
        self._stack.close()

    def round(self, job: Job, found: Latency, budget: Mapping[str, float] | None = None) -> dict[str, Any]:
        """One round, once more over a new connection if the first one breaks.

        Raises:
            DeviceFault: the board cannot be reached again. RoundFault: this measurement is not to be had.
        """
        for attempt in (1, 2):
            connection, board = self._connect()
            try:
                return self._round(connection, board, job, found, budget)
            except DeviceFault as fault:
                if fault.status != faults.CONNECTION_CUT:
                    raise
                self.close()
                if attempt == 2:
                    raise RoundFault(fault.status, f"it broke the connection twice: {fault}") from fault
                time.sleep(RECONNECT_SECONDS)
            except RoundFault:
                if connection.closed is not None:
                    self.close()
                raise
        raise AssertionError

    def _connect(self) -> tuple[Connection, Board]:
        if self._reached is None:
            connection = self._stack.enter_context(connected(self.address, self.target.progress))
            board = look(connection, self.target.settings.get("python"))
            self.governor_set = not connection.governor("performance").get("refused")
            connection.file(SCRIPT.name, SCRIPT.read_bytes())
            connection.file(energy.SCRIPT.name, energy.SCRIPT.read_bytes())
            self._reached = connection, board
        return self._reached

    def _round(
        self, connection: Connection, board: Board, job: Job, found: Latency, budget: Mapping[str, float] | None
    ) -> dict[str, Any]:
        if board.label != found.context.get("label"):
            raise RoundFault(
                faults.DEVICE_REFUSES,
                f"behind {self.address.host} there is now another board ({board.label}): run again to begin with it",
            )
        if (version := board.packages.get(job.runtime)) != found.runtime_version:
            raise RoundFault(
                faults.NO_INTERPRETER,
                f"{board.executable} on {self.address.host} has {job.runtime} "
                f"{version or 'no more'}, not {found.runtime_version}: leave it alone, then run again",
            )
        name = f"{self.numbers[job.variant]}.tflite"
        connection.file(name, self.models[job.variant])
        cooled = connection.cool(COOL_CELSIUS, self.patience)
        if not cooled.get("reached"):
            self.patience = COOL_AGAIN_SECONDS
        asked = measurement.request(f"{{folder}}/{name}", found, self.spec) | dict(budget or {})
        level = None if found.rounds else self._comparable(job)
        if level:
            connection.file(IMAGES, self.target.images.tobytes())
            asked["images"] = agreement.question(level, self.target.images, f"{{folder}}/{IMAGES}")
        answer = self._ask(connection, board, asked)
        answer["surroundings"] = answer["surroundings"] | {"cooled": cooled.get("reached")}
        known = {"board": board.label, "revision": board.revision} | ({"cpu": None} if board.emulated else {})
        answer["context"] = answer["context"] | known  # of what it says, that which is to be believed
        if level:
            answer["context"]["agreement"] = self._agreement(job, level, answer)
        if board.meter and budget is None and len(found.rounds) + 1 == self.spec.rounds:
            answer["context"]["energy"] = self._energy(connection, board, asked)
        return answer

    def _comparable(self, job: Job) -> LevelSummary | None:
        """The level of a model that the host can answer for too; None for another model, or without images."""
        if not len(self.target.images):
            return None
        if job.variant not in self.levels:
            self.levels[job.variant] = read(self.models[job.variant]).level(job.signature)
        level = self.levels[job.variant]
        return level if agreement.comparable(level, self.target.images) else None

    def _ask(
        self, connection: Connection, board: Board, asked: Mapping[str, Any], watch: list[str] | None = None
    ) -> dict[str, Any]:
        script = [board.executable, "-I", f"{{folder}}/{SCRIPT.name}"]
        done = connection.run(script, asked, time_limit(self.spec), watch)
        answer = answer_of(str(asked["runtime"]), done["code"], done["stdout"], done["stderr"])
        check(done["stdout"], self.address.host)
        return answer | {"samples": done["samples"]}

    def _energy(self, connection: Connection, board: Board, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        longer = (
            {name: value for name, value in asked.items() if name != "images"}
            | QUICK
            | {"seconds": energy.RUN_SECONDS, "max_seconds": 2 * energy.RUN_SECONDS}
        )
        watch = [
            board.executable,
            "-I",
            f"{{folder}}/{energy.SCRIPT.name}",
            str(board.meter),
            str(energy.PERIOD_SECONDS),
        ]
        try:
            answer = self._ask(connection, board, longer, watch)
        except DeviceFault:
            raise
        except StudyError:  # the times are measured already, and are no worse for that
            return None
        return energy.energy(answer, answer["samples"])

    def _agreement(self, job: Job, level: LevelSummary, answer: Mapping[str, Any]) -> dict[str, Any] | None:
        """Beside the host's answers by the same interpreter package; None where that is not installed here."""
        images, version = self.target.images, runtime_version(job.runtime)
        there = agreement.outputs(answer, level, len(images), self.address.host)
        key = job.variant, job.runtime
        if version is not None and key not in self._here:
            self._here[key] = agreement.on_this_machine(
                self.models[job.variant], job.runtime, job.signature, level, images, QUICK
            )
        here = self._here.get(key)
        return None if here is None else agreement.agreement(here, there) | {"host_runtime_version": version}
