"""What a verdict is: a statement of the 2021 study, what would decide it, and what this study says."""

from dataclasses import dataclass

CONFIRMED, REFUTED, NOT_TESTABLE = "confirmed", "refuted", "not testable"


@dataclass(frozen=True)
class Finding:
    """A statement of the 2021 study, and what was settled beforehand to decide it; all in words for a reader."""

    key: str
    statement: str
    confirmed_if: str
    refuted_if: str


@dataclass(frozen=True)
class Verdict:
    """A status with the figures behind it: `text` in a sentence, `parts` network by network."""

    finding: Finding
    status: str
    text: str
    parts: tuple[str, ...] = ()


def decide(finding: Finding, each: list[bool | None], text: str, parts: tuple[str, ...], open_because: str) -> Verdict:
    """A statement about every member of `each`: True holds, False fails, None cannot be decided.

    One member that fails refutes; all that hold confirm; else `open_because` says why it stays open. Nothing to judge
    is not testable.
    """
    if False in each:
        return Verdict(finding, REFUTED, text, parts)
    if each and None not in each:
        return Verdict(finding, CONFIRMED, text, parts)
    return Verdict(finding, NOT_TESTABLE, f"Cannot be decided: {open_because}. {text}".strip(), parts)


def untestable(finding: Finding, why: str) -> Verdict:
    """A statement on which these rows say nothing; `why` is a clause without a full stop."""
    return Verdict(finding, NOT_TESTABLE, f"{why[:1].upper()}{why[1:]}.")
