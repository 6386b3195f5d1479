"""Setting the clock, tried on a folder that looks like sysfs. What real files refuse, the tests say by themselves."""

from pathlib import Path

import pytest

from study.errors import StudyError
from study.manager import cpufreq
from study.manager.cpufreq import policies, restored, set_khz

FREQUENCIES = "600000 1500000 1000000"


def policy(root: Path, number: int, processors: str = "0 1", **files: str | None) -> Path:
    """A policy with a table of frequencies and the governor `userspace` at hand; None removes a file."""
    folder = root / f"policy{number}"
    folder.mkdir(parents=True)
    standard = {
        "affected_cpus": processors,
        "cpuinfo_min_freq": "600000",
        "cpuinfo_max_freq": "1500000",
        "scaling_available_frequencies": FREQUENCIES,
        "scaling_available_governors": "ondemand userspace performance",
        "scaling_governor": "ondemand",
        "scaling_max_freq": "1500000",
        "scaling_setspeed": "<unsupported>",
    }
    for name, value in (standard | files).items():
        if value is not None:
            (folder / name).write_text(f"{value}\n")
    return folder


def content(folder: Path) -> list[str]:
    return [
        (folder / name).read_text().strip() for name in ("scaling_governor", "scaling_setspeed", "scaling_max_freq")
    ]


def test_what_can_be_set(tmp_path: Path) -> None:
    policy(tmp_path, 4, "4 5", scaling_available_frequencies=None)
    policy(tmp_path, 0)
    first, second = policies(tmp_path)
    assert (first.processors, second.processors) == ((0, 1), (4, 5))
    assert first.frequencies == (600000, 1000000, 1500000) and second.frequencies == ()
    assert first.governors == ("ondemand", "userspace", "performance") and first.governor == "ondemand"
    assert [first.allows(khz) for khz in (600000, 700000, 1500000)] == [True, False, True]
    assert [second.allows(khz) for khz in (599999, 600000, 700000, 1500000, 1500001)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_userspace_sets_the_speed(tmp_path: Path) -> None:
    folders = policy(tmp_path, 0), policy(tmp_path, 4, "4 5")
    set_khz(tmp_path, 1000000)
    assert [content(folder) for folder in folders] == [["userspace", "1000000", "1500000"]] * 2
    set_khz(tmp_path, 600000, [5])
    assert content(folders[0])[1] == "1000000" and content(folders[1])[1] == "600000"


def test_without_userspace_the_upper_limit_is_set(tmp_path: Path) -> None:
    folder = policy(tmp_path, 0, scaling_available_governors="performance powersave")
    set_khz(tmp_path, 600000, [0])
    assert content(folder) == ["ondemand", "<unsupported>", "600000"]


@pytest.mark.parametrize("governors", ["ondemand userspace", "ondemand"])
def test_all_is_as_before_at_the_end_even_after_an_error(tmp_path: Path, governors: str) -> None:
    folder = policy(tmp_path, 0, scaling_available_governors=governors)
    before = content(folder)
    with pytest.raises(ZeroDivisionError), restored(tmp_path) as set_clock:
        set_clock(600000, None)
        assert content(folder) != before
        raise ZeroDivisionError
    assert content(folder)[::2] == before[::2]  # the kernel answers <unsupported> again by itself


def test_a_speed_that_was_set_before_is_set_again(tmp_path: Path) -> None:
    folder = policy(tmp_path, 0, scaling_governor="userspace", scaling_setspeed="1500000")
    with restored(tmp_path) as set_clock:
        set_clock(600000, (0,))
        assert content(folder)[1] == "600000"
    assert content(folder) == ["userspace", "1500000", "1500000"]


def test_refusals_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for refused in (
        lambda root: policies(root),
        lambda root: set_khz(root, 1),
        lambda root: restored(root).__enter__(),
    ):
        with pytest.raises(StudyError, match=r"none holds no policies: .* leave frequencies out"):
            refused(tmp_path / "none")
    folder = policy(tmp_path, 0)
    with pytest.raises(StudyError, match="has no frequency of 700000 kHz: choose 600000, 1000000, 1500000"):
        set_khz(tmp_path, 700000)
    with pytest.raises(StudyError, match="knows no clock of processor 7"):
        set_khz(tmp_path, 600000, [0, 7])
    assert content(folder) == ["ondemand", "<unsupported>", "1500000"]
    (folder / "cpuinfo_min_freq").write_text("<unknown>")
    with pytest.raises(StudyError, match="holds what is no number"):
        policies(tmp_path)
    (folder / "cpuinfo_min_freq").unlink()
    with pytest.raises(StudyError, match=r"cpuinfo_min_freq cannot be read \(No such file"):
        policies(tmp_path)


def test_frequencies_without_a_table_name_their_limits(tmp_path: Path) -> None:
    policy(tmp_path, 0, scaling_available_frequencies=None)
    with pytest.raises(StudyError, match="choose one from 600000 to 1500000"):
        set_khz(tmp_path, 1)


def test_what_the_system_does_not_allow_or_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy(tmp_path, 0)

    def failing(error: Exception) -> None:
        def write_text(path: Path, value: str) -> int:
            raise error

        monkeypatch.setattr(cpufreq.Path, "write_text", write_text)

    failing(PermissionError(13, "Permission denied"))  # a test that runs as root may write everything
    with pytest.raises(StudyError, match="scaling_governor may not be written: run as root"):
        set_khz(tmp_path, 600000)
    failing(OSError(22, "Invalid argument"))
    with pytest.raises(StudyError, match=r"does not take 'userspace' \(Invalid argument\)"):
        set_khz(tmp_path, 600000)
    monkeypatch.setattr(cpufreq.Path, "write_text", lambda path, value: len(value))
    with pytest.raises(StudyError, match="says 'ondemand' after 'userspace' was written"):
        set_khz(tmp_path, 600000)
