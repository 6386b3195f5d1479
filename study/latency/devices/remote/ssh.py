"""Latency, memory, energy and answers of a board over SSH: all variants in one session, by the protocol of the host.

Each round is a fresh process there, running the host's own `measure_script.py`. While it lasts the governor is
`performance`; before each round the processor cools down. A broken connection loses the round under way: the session
goes on over a new one, and a measurement that breaks two connections is given up. Only a board that says it is a
Raspberry Pi carries that name; times of an emulated processor mean nothing and are not kept.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

from study.errors import StudyError
from study.latency import faults
from study.latency.devices.remote.address import address_of
from study.latency.devices.remote.board import look
from study.latency.devices.remote.connection import CAP, connected
from study.latency.devices.remote.preflight import runtimes
from study.latency.devices.remote.session import QUICK, Session
from study.latency.devices.rounds import in_rounds, planned
from study.latency.devices.target import DeviceUnderTest
from study.latency.faults import DeviceFault
from study.latency.measurement import FAILED, PARTIAL, Job, Latency
from study.specs.latency import LatencySpec

GOVERNOR_NOT_SET = "governor_not_set"
"""A flag that makes no measurement doubtful, but says why its times may vary."""
REST_SECONDS = 30.0
"""Before doubtful measurements are repeated."""


def prepare(models: Mapping[str, bytes], spec: LatencySpec, target: DeviceUnderTest) -> dict[Job, Latency]:
    """What can be measured on the board, see `study.latency.devices.host`; asks it what it is and has.

    Raises:
        Fault: it cannot be reached, or has nothing to measure with.
        StudyError: the address is none.
    """
    settings, address = target.settings, address_of(target.settings)
    with connected(address) as connection:
        board = look(connection, settings.get("python"))
    setup = f"python -m pipelines.device setup {target.name.removeprefix('ssh_')}"
    found = runtimes(board, list(spec.runtimes), address.host, setup)
    if board.free_bytes < sum(map(len, models.values())) + target.images.nbytes + CAP:
        raise DeviceFault(
            faults.DEVICE_FULL,
            f"the disk of {address.host} has {board.free_bytes >> 20} MB left in "
            f"{board.temporary}, too little for the models: free some space there",
        )
    kind, context = "emulated" if board.emulated else "measured", {"label": board.label, "emulated": board.emulated}
    return planned(models, spec, target, board.processors, found, board.identity, kind, context)


def measure(
    models: Mapping[str, bytes], begun: Mapping[Job, Latency], spec: LatencySpec, target: DeviceUnderTest
) -> Iterator[tuple[Job, Latency]]:
    """Add rounds until every measurement is complete, see `study.latency.devices.rounds`.

    Raises:
        DeviceFault: nothing more can be measured now; what was yielded stands.
    """
    if not any(one.status == PARTIAL for one in begun.values()):
        return
    session = Session(models, spec, target)
    try:
        if all(one.kind == "measured" for one in begun.values()):
            for job, one in in_rounds(begun, spec, session.round, lambda: time.sleep(REST_SECONDS)):
                loose = one.complete and not session.governor_set
                yield job, replace(one, flags=(*one.flags, GOVERNOR_NOT_SET)) if loose else one
        else:
            yield from _answers_alone(begun, session)
    finally:
        session.close()


def _answers_alone(begun: Mapping[Job, Latency], session: Session) -> Iterator[tuple[Job, Latency]]:
    """Of an emulated processor: whether its answers are the host's. Its times are dropped here and now."""
    for job, found in begun.items():
        if found.status == PARTIAL:
            try:
                answer = session.round(job, found, QUICK)
            except DeviceFault:
                raise
            except StudyError as error:
                yield job, replace(found, status=getattr(error, "status", FAILED), flags=(str(error),))
                continue
            yield (
                job,
                replace(
                    found,
                    status=faults.EMULATED,
                    delegate=str(answer.get("delegate")),
                    flags=("its times mean nothing",),
                    context=found.context | dict(answer["context"]),
                ),
            )
