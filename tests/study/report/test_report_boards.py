"""A board measured over SSH in the report: named as what it is, compared with the host, missing with the reason."""

from dataclasses import replace
from typing import Any

import pytest
import synthetic_study as synthetic
from synthetic_study import HOSTILE

from study.report.document import document
from study.report.facts import Facts, csv_files, gather
from study.report.inputs import Inputs
from study.report.sections.latency import latency_section

PI = "Raspberry Pi 4 Model B Rev 1.4"
CONTEXT = {
    "label": PI,
    "agreement": {"images": 64, "same": 62, "largest": 0.25, "identical": False},
    "energy": {"joules": 0.0125, "watts": 5.0, "n": 40},
}


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return synthetic.study(["mobilenet"], images=10)


def on_desk(inputs: Inputs, context: dict[str, Any] | None, **changes: Any) -> Facts:
    """The host's measurements, and beside them the same from `ssh_desk` with this context; None: it was away."""
    more = [
        replace(
            slot,
            device="ssh_desk",
            document=None
            if context is None
            else {**(slot.document or {}), "device": "ssh_desk", "context": context, **changes},
        )
        for slot in inputs.latency
    ]
    note = {"device": "ssh_desk", "status": "host_key_changed", "said": "the host key of pi is not the one known"}
    ended = {"ssh_desk": note} if context is None else {}
    return gather(replace(inputs, latency=[*inputs.latency, *more], ended=ended))


def shown(facts: Facts) -> tuple[list[str], dict[str, Any]]:
    """Texts of the notes, and the tables by name."""
    blocks = latency_section(facts, set()).blocks
    return (
        [block.text for block in blocks if type(block).__name__ == "Note"],
        {block.name: block for block in blocks if type(block).__name__ == "Table"},
    )


def test_a_raspberry_pi_is_named_with_answers_and_energy(inputs: Inputs) -> None:
    facts = on_desk(inputs, CONTEXT)
    notes, tables = shown(facts)
    (note,) = (text for text in notes if "ssh_desk" in text)
    assert f"is a {PI}." in note and "whole board" in note and "n/a" not in note
    titles = [column.title for column in tables["latency-ssh_desk-measured"].columns]
    assert titles[-4:] == ["Same as host [%]", "Off host", "Energy [mJ]", "Status"]
    assert [cell.text for cell in tables["latency-ssh_desk-measured"].rows[0][-4:-1]] == ["96.88", "0.25", "12.5"]
    assert "Energy [mJ]" not in [column.title for column in tables["latency-host-measured"].columns]
    rows = [line.split(",") for line in csv_files(facts)["latency.csv"].splitlines()]
    values = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    found = {(row["device"], row["board"], row["same_as_host"], row["millijoules"]) for row in values}
    assert found == {("ssh_desk", PI, "0.968750", "12.5"), ("host", "", "", "")}


@pytest.mark.parametrize("label", ["Radxa ROCK 5B", "emulated aarch64 processor", "my Raspberry Pi 4"])
def test_anything_else_is_said_to_be_none(inputs: Inputs, label: str) -> None:
    notes, _ = shown(on_desk(inputs, {"label": label}))
    (note,) = (text for text in notes if "ssh_desk" in text)
    assert f"is no Raspberry Pi but: {label}." in note and "n/a, nothing there measures power" in note


def test_names_of_strangers_are_text(inputs: Inputs) -> None:
    notes, _ = shown(on_desk(inputs, {"label": "".join(HOSTILE) + "\x1b"}))
    assert not [text for text in notes if "\n" in text or "\x1b" in text]


def test_times_of_an_emulated_processor_are_nowhere(inputs: Inputs) -> None:
    facts = on_desk(
        inputs,
        {"label": "emulated aarch64 processor", "agreement": CONTEXT["agreement"]},
        kind="emulated",
        status="emulated_processor",
        rounds=[],
        flags=["times mean nothing"],
    )
    rows = [row for row in facts.latency if row["device"] == "ssh_desk"]
    assert all(row.get("median_us") is None and row["same_as_host"] == 62 / 64 for row in rows) and rows
    assert {row["status"] for row in rows} == {"emulated_processor"}
    _, tables = shown(facts)
    titles = [column.title for column in tables["latency-ssh_desk-emulated"].columns]
    assert "Same as host [%]" in titles and not [title for title in titles if "\u00b5s" in title]
    assert "emulated processor: times mean nothing" in str(tables["latency-ssh_desk-emulated"].rows[0])


def test_a_device_that_was_away_is_seen_with_the_reason(inputs: Inputs) -> None:
    facts = on_desk(inputs, None)
    assert {row["status"] for row in facts.latency if row["device"] == "ssh_desk"} == {"host_key_changed"}
    notes, tables = shown(facts)
    assert any(
        "\u201cssh_desk\u201d was skipped or left early (host key changed): the host key of pi is not" in text
        for text in notes
    )
    assert any(text.startswith("Planned and not measured at all: ssh_desk") for text in notes)
    assert [name for name in tables if name.startswith("latency")] == ["latency-host-measured"]
    assert any(section.id == "latency" for section in document(inputs, facts, set()).sections)
