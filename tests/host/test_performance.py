"""docs/performance.md says what bench/results.json says, and what make bench runs."""

import json
import re
from typing import Any

from bench import plot, report
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


def test_the_plots_are_those_of_the_results() -> None:
    drawn = plot.drawn(results())
    assert {path.name: path.read_text("utf-8") for path in plot.FOLDER.glob("*.svg")} == drawn
    page = report.PAGE.read_text(encoding="utf-8")
    assert report.block(page, "plots") == plot.links(results())


def test_a_plot_tells_value_spread_and_bar() -> None:
    row = {"value": 50, "spread": 10, "bar": 100}
    picture = plot.svg("Title & more", "B", [("label", row, True)])
    assert "Title &amp; more, B" in picture and ">50</text>" in picture
    assert 'width="165.0"' in picture  # half of what is there for the largest, the bar
    assert 'x1="432.0"' in picture and 'x2="498.0"' in picture  # the spread
    assert 'x1="630.0"' in picture  # the bar
