"""docs/performance.md says what bench/results.json says, and what make bench runs."""

import json
import re
from typing import Any

from bench import report
from bench.__main__ import BENCHES, RESULTS

KEYS = ["bench", "name", "value", "unit", "spread", "rival", "ratio", "bar", "ok"]


def results() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return rows


def test_the_table_is_that_of_the_results() -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    assert report.block(page, "table") == report.table(results())


def test_a_figure_is_whole() -> None:
    names = [row["name"] for row in results()]
    assert len(names) == len(set(names))
    assert {row["bench"] for row in results()} <= set(BENCHES)
    for row in results():
        assert list(row) == KEYS
        assert (row["ok"] is None) == (row["bar"] is None)
        assert (row["ratio"] is None) == (row["rival"] is None)


def test_every_bench_is_described() -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == set(BENCHES)
