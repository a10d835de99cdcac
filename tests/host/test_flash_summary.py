"""The last event of a batch under ``--json``: what became of each board, and where that is kept."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from provisioning.flashing.batch import Batch
from provisioning.flashing.batch_file import Line
from provisioning.flashing.console import Console
from provisioning.flashing.turns import Place
from provisioning.flashing.words import OK, PARTLY, Failure

NEXT = {
    "B": Failure("not-enrolled", seconds=9, reason="no answer", path="B.csr"),
    "C": Failure("silent", port="/dev/ttyUSB3"),
}


class Bench(Batch):
    """Boards that end as NEXT says, each with its report."""

    def _run(self, line: Line, place: Place) -> dict[str, Any]:
        report = self._folder / f"{line.id}.json"
        report.write_text("{}", encoding="ascii")
        failure = NEXT.get(line.id)
        passed = {"step": "end", "state": "pass", "mac": line.id, "word": "passed", "sentence": ""}
        end = failure.end(self.console.language, line.id, "?") if failure else passed
        return {**end, "report": str(report)}


def bench(folder: Path, ids: str, language: str = "en") -> Bench:
    return Bench([Line(name, port="p") for name in ids], [], folder, Console(language, True))


def last_event(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], str]:
    """The last event, and the last line for people."""
    said = capsys.readouterr()
    found: dict[str, Any] = json.loads(said.out.splitlines()[-1])
    return found, said.err.splitlines()[-1]


@pytest.mark.parametrize(("language", "said"), [
    ("en", "2 reporting, 1 awaiting the authority, 1 failed, 0 left"),
    ("zh", "上报中 2，等待签发机构 1，失败 1，剩余 0"),
])  # fmt: skip
def test_it_counts_and_names_what_became_of_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, said: str
) -> None:
    days = [(date.today() + timedelta(days=more)).isoformat() for more in (-1, 0, 1)]
    for day in days:
        (tmp_path / f"{day}.csv").touch()
    assert bench(tmp_path, "ABCD", language).parallel(1) == PARTLY
    event, line = last_event(capsys)
    assert line == said
    assert (event["step"], event["state"], event["word"]) == ("batch", "done", "")
    assert [event[state] for state in ("reporting", "awaiting", "failed", "left")] == [2, 1, 1, 0]
    assert [(board["id"], board["state"]) for board in event["boards"]] == [
        ("A", "reporting"), ("B", "awaiting"), ("C", "failed"), ("D", "reporting")]  # fmt: skip
    silent = event["boards"][2]
    assert silent["word"] == "silent" and silent["sentence"] == NEXT["C"].sentence(language)
    assert [Path(board["report"]).name for board in event["boards"]] == [
        "A.json", "B.json", "C.json", "D.json"]  # fmt: skip
    # Where midnight comes between, the batch has two of them.
    assert event["csv"] and {Path(path).stem for path in event["csv"]} <= set(days[1:])
    assert event["reports"] == str(tmp_path)


def test_what_was_done_before_is_counted_and_has_its_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench(tmp_path, "AD").parallel(1) == OK
    assert bench(tmp_path, "AD").parallel(1) == OK
    event, _ = last_event(capsys)
    assert event["reporting"] == 2 and event["boards"][0]["report"] == str(tmp_path / "A.json")


def test_a_batch_that_was_stopped_says_why_and_what_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ABD":
        monkeypatch.setitem(NEXT, name, NEXT["C"])
    assert bench(tmp_path, "ABCD").parallel(1) == PARTLY
    event, _ = last_event(capsys)
    assert (event["state"], event["word"]) == ("stopped", "three-equal")
    assert "does not answer on /dev/ttyUSB3" in event["sentence"]
    assert event["failed"] == 3 and event["left"] == 1
    assert event["boards"][3] == {"id": "D", "state": "left", "word": "", "sentence": "",
                                  "report": None}  # fmt: skip


def test_a_batch_by_hand_ends_with_it_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = Bench([Line("A")], [], tmp_path, Console("en", True))
    there: list[set[str]] = [set(), {"p1"}, set()]
    assert batch.by_hand(lambda: there.pop(0)) == OK
    event, _ = last_event(capsys)
    assert event["step"] == "batch" and event["reporting"] == 1
