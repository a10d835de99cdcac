"""What make bench does about benches that break off or hang."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import __main__ as command
from bench import report, trial
from bench.trial import Trial

PACKAGE = "tests.host.benches"


def is_running(pid: int) -> bool:
    with contextlib.suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
        return stat.rpartition(")")[2].split()[0] != "Z"
    return False


def values(found: Trial) -> dict[str, Any]:
    return {row["name"]: row["value"] for row in found.rows}


def test_a_bench_gives_its_figures() -> None:
    with Trial("whole", quiet=True, package=PACKAGE) as found:
        found.finish()
    assert found.failure == ""
    size, rate = found.rows
    assert size == {"bench": "whole", "name": "bytes", "value": 3, "unit": "B", "spread": 0,
                    "rival": None, "ratio": None, "bar": 4, "at_most": True,
                    "ok": True}  # fmt: skip
    assert (rate["value"], rate["spread"], rate["ok"]) == (6, 2, False)
    assert "MISSED" in found.said and found.seconds > 0


def test_a_bench_that_breaks_off_is_recorded_and_leaves_nothing_behind() -> None:
    with Trial("breaks", quiet=True, package=PACKAGE) as found:
        found.finish()
    assert found.failure == "OSError: [Errno 5] the meter / fell off"
    *told, last = found.rows
    assert [row["name"] for row in told] == ["the child", "the bench"]
    assert "breaks: broken off: OSError" in last["name"] and last["ok"] is False
    assert not any(is_running(row["value"]) for row in told)
    assert "Traceback" in found.said


def test_a_bench_that_hangs_is_ended_with_all_that_it_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trial, "_PATIENCE_S", 0.1)
    with Trial("hangs", quiet=True, package=PACKAGE) as found:
        wait_for_rows(found, 2)
        found.finish(0.1)
    assert found.failure == "not done within 0.1 s"
    *told, last = found.rows
    assert len(told) == 2 and not any(is_running(row["value"]) for row in told)
    assert last["ok"] is False


def wait_for_rows(found: Trial, count: int) -> None:
    """Until it has told so many figures; its process must not end before."""
    while len(found._told.read_text(encoding="utf-8").splitlines()) < count:
        with contextlib.suppress(subprocess.TimeoutExpired):
            pytest.fail(f"it ended with {found._process.wait(0.05)}")


def test_an_interrupt_ends_a_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_PATIENCE_S", 0.1)
    with pytest.raises(KeyboardInterrupt), Trial("hangs", quiet=True, package=PACKAGE) as found:
        wait_for_rows(found, 2)
        raise KeyboardInterrupt
    assert found._process.returncode is not None and found._left() == []


def test_the_others_run_on_and_the_end_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    written: list[list[dict[str, Any]]] = []
    monkeypatch.setattr(command, "BENCHES", ("breaks", "whole"))
    monkeypatch.setattr(command, "BESIDE", {})
    monkeypatch.setattr(command, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(command, "Trial", lambda name, **more: Trial(name, package=PACKAGE, **more))
    monkeypatch.setattr(report, "write", written.append)
    monkeypatch.setattr(command, "_install", lambda: None)
    monkeypatch.setattr(sys, "argv", ["bench"])
    assert command.main() == 1
    assert [row["bench"] for row in written[-1]] == ["breaks"] * 3 + ["whole"] * 2
    said = capfd.readouterr().out
    assert "BROKEN OFF: OSError" in said and "2 bars missed" in said
    assert said.count("bytes") == 1 and os.path.exists(tmp_path / "results.json")
