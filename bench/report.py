"""docs/performance.md: a table for each theme, the plots, and the machine of the measurement."""

from pathlib import Path
from typing import Any

from bench import machine, plot
from bench.figure import number

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
_BEGIN, _END = "<!-- {}: written by make bench -->", "<!-- end of {} -->"

# Title: the benches whose figures stand below it.
THEMES = {
    "The Linux node": ("node", "backlog_node", "wire", "day"),
    "Overload, outages and losses": ("overload", "broker_away", "delivery", "drain"),
    "Alarms": ("alarm", "alarm_node", "alarm_loss"),
    "A fleet, and signing": ("fleet", "signing", "authority"),
    "Boards": ("board", "board_heap", "small_heap", "flashing", "batch"),
    "Storage": ("journal", "journal_rivals", "recovery"),
    "The serial line": ("bus",),
}


def _value(row: dict[str, Any]) -> str:
    told = f"{number(row['value'])} {row['unit']}".rstrip()
    if row["spread"] is None:
        return f"{told} (one run)"
    spread = f" ± {number(row['spread'], 2)}" if row["spread"] else ""
    return f"{number(row['value'])}{spread} {row['unit']}".rstrip()


def _bar(row: dict[str, Any]) -> str:
    return "" if row["bar"] is None else f"{'≤' if row['at_most'] else '≥'} {number(row['bar'])}"


def table(rows: list[dict[str, Any]]) -> str:
    """Figures as a Markdown table."""
    lines = ["| Figure | Value | Bar | | Against |", "|---|---|---|---|---|"]
    for row in rows:
        kept = "" if row["ok"] is None else "ok" if row["ok"] else "**missed**"
        ratio = "" if row["ratio"] is None else f"{number(row['ratio'], 3)}× {row['rival']}"
        lines.append(f"| {row['name']} | {_value(row)} | {_bar(row)} | {kept} | {ratio} |")
    return "\n".join(lines)


def tables(rows: list[dict[str, Any]]) -> str:
    """All figures, by theme; and before them, how many bars are kept."""
    judged = [row["ok"] for row in rows if row["ok"] is not None]
    missed = [row["name"] for row in rows if row["ok"] is False]
    parts = [f"{sum(judged)} of {len(judged)} bars are kept."]
    if missed:
        parts.append("Missed: " + "; ".join(missed) + ".")
    for title, benches in THEMES.items():
        found = [row for bench in benches for row in rows if row["bench"] == bench]
        if found:
            parts += [f"### {title}", table(found)]
    return "\n\n".join(parts)


def block(text: str, name: str) -> str:
    """What stands in one of the page's written blocks."""
    begin, end = _BEGIN.format(name), _END.format(name)
    return text.split(begin, 1)[1].split(end, 1)[0].strip()


def write(rows: list[dict[str, Any]]) -> None:
    """Renew the page's blocks, and the plots."""
    plot.write(rows)
    text = PAGE.read_text(encoding="utf-8")
    for name, new in (
        ("machine", machine.told()), ("plots", plot.links(rows)), ("tables", tables(rows)),
    ):  # fmt: skip
        begin, end = _BEGIN.format(name), _END.format(name)
        head, rest = text.split(begin, 1)
        text = f"{head}{begin}\n{new}\n{end}{rest.split(end, 1)[1]}"
    PAGE.write_text(text, encoding="utf-8")
