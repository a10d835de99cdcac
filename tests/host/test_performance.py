"""docs/performance.md says what bench/results.json says, and what make bench runs."""

import json
import re
from typing import Any

from bench import plot, report
from bench.__main__ import BENCHES, RESULTS
from bench.figure import exact, figure, median, number

KEYS = ["bench", "name", "value", "unit", "spread", "rival", "ratio", "bar", "at_most", "ok"]


def results() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return rows


def test_the_tables_are_those_of_the_results() -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    assert report.block(page, "tables") == report.tables(results())


def test_every_bench_has_its_place_in_one_theme() -> None:
    placed = [bench for benches in report.THEMES.values() for bench in benches]
    assert sorted(placed) == sorted(BENCHES)


def test_a_row_of_a_table_says_whether_it_is_a_median_or_exact() -> None:
    rows = [
        median("rate", [9, 10, 14], "1/s", bar=10, at_most=False, rival="other", ratio=2.5),
        exact("bytes", 1.23456, "B", bar=1), figure("once", 3, "s"),
    ]  # fmt: skip
    assert report.table(rows).splitlines()[2:] == [
        "| rate | 10 ± 2.5 1/s | ≥ 10 | ok | 2.5× other |",
        "| bytes | 1.235 B | ≤ 1 | **missed** |  |",
        "| once | 3 s (one run) |  |  |  |",
    ]


def test_numbers_are_read_at_a_glance() -> None:
    told = [number(value) for value in (0, 2000, 133688.5, 14.463, 0.99721, 0.00211)]
    assert told == ["0", "2,000", "133,688", "14.46", "0.9972", "0.00211"]
    assert number(8.662902006412176e-05, 2) == "0.00009"


def test_a_figure_is_whole() -> None:
    names = [row["name"] for row in results()]
    assert len(names) == len(set(names))
    assert {row["bench"] for row in results()} <= set(BENCHES)
    for row in results():
        assert list(row) == KEYS
        assert (row["ok"] is None) == (row["bar"] is None) == (row["at_most"] is None)
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
