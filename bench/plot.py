"""The plots of docs/performance.md: bars beside those of the rivals, as SVG of a few lines."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from bench.figure import number

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "plots"
_WIDTH, _LEFT, _RIGHT, _ROW, _TOP = 720, 300, 90, 26, 40
_OURS, _THEIRS, _BAR = "#1f77b4", "#a0a0a0", "#d62728"

# File: (title, unit, (what stands beside the bar, name of the figure, whether it is ours)).
_Bars = tuple[tuple[str, str, bool], ...]
PLOTS: dict[str, tuple[str, str, _Bars]] = {
    "cpu": ("CPU per reading, 100 devices at 1 Hz", "us", (
        ("the agent: signed, journaled, acknowledged",
         "node, 100 devices at 1 Hz, MQTT: CPU per reading", True),
        ("a bare script (pymodbus, paho-mqtt)",
         "pymodbus and paho-mqtt in a bare script: CPU per reading", False),
        ("thingsboard-gateway, one read a device",
         "thingsboard-gateway, one read for each device: CPU per reading", False),
        ("thingsboard-gateway, a read for each tag",
         "thingsboard-gateway, a read for each tag: CPU per reading", False),
    )),
    "memory": ("Resident memory at that load", "MB", (
        ("the agent", "node: resident memory", True),
        ("a bare script (pymodbus, paho-mqtt)",
         "pymodbus and paho-mqtt in a bare script: resident memory", False),
        ("thingsboard-gateway, one read a device",
         "thingsboard-gateway, one read for each device: resident memory", False),
        ("thingsboard-gateway, a read for each tag",
         "thingsboard-gateway, a read for each tag: resident memory", False),
    )),
    "wire": ("Bytes on the wire per reading", "B", (
        ("6 rows a frame", "bytes on the wire per reading, 6 rows a frame", True),
        ("60 rows a frame", "bytes on the wire per reading, 60 rows a frame", True),
        ("JSON of a bare script, unsigned",
         "bytes on the wire per reading, JSON of a bare script, unsigned", False),
    )),
    "outage": ("Lost in a minute without a broker and a kill -9", "readings", (
        ("the agent: what was not sealed yet",
         "broker away 60 s, kill -9 in it: readings that were not sealed yet", True),
        ("a bare script (pymodbus, paho-mqtt)",
         "broker away 60 s, kill -9 in it: readings lost, pymodbus and paho-mqtt in a bare script",
         False),
    )),
    "overload": ("Delivered by a second of processor, when offered so much", "readings", tuple(
        (f"{offered:,} offered",
         f"overload: offered {offered} readings/s, delivered by second of processor", True)
        for offered in (120_000, 360_000, 1_440_000)
    )),
    "fleet": ("2,000 poles: memory of all processes", "MB", (
        ("mosquitto, platform, poles", "fleet of 2000 poles: memory of all processes", True),
    )),
}  # fmt: skip


def svg(title: str, unit: str, bars: Iterable[tuple[str, dict[str, Any], bool]]) -> str:
    """A picture of (label, figure, whether it is ours): bars from zero, with their spread as a
    line, and a figure's own bar, where it has one, in red."""
    bars = list(bars)
    most = max(max(row["value"] + (row["spread"] or 0), row["bar"] or 0) for _, row, _ in bars)
    scale = (_WIDTH - _LEFT - _RIGHT) / (most or 1)
    height = _TOP + _ROW * len(bars) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
        f'<text x="10" y="22" font-size="15">{escape(title)}, {escape(unit)}</text>',
    ]
    for place, (label, row, ours) in enumerate(bars):
        parts += _bar(_TOP + _ROW * place, label, row, _OURS if ours else _THEIRS, scale)
    return "\n".join([*parts, "</svg>", ""])


def _bar(top: int, label: str, row: dict[str, Any], colour: str, scale: float) -> list[str]:
    value, spread, limit = row["value"], row["spread"], row["bar"]
    width, middle = value * scale, top + _ROW // 2
    parts = [
        f'<text x="{_LEFT - 8}" y="{middle + 4}" text-anchor="end">{escape(label)}</text>',
        f'<rect x="{_LEFT}" y="{top + 4}" width="{width:.1f}" height="{_ROW - 8}" '
        f'fill="{colour}"/>',
    ]
    end = width
    if spread:
        low, end = (value - spread) * scale, (value + spread) * scale
        parts.append(
            f'<line x1="{_LEFT + low:.1f}" y1="{middle}" x2="{_LEFT + end:.1f}" y2="{middle}" '
            'stroke="black"/>'
        )
    if limit is not None:
        at = _LEFT + limit * scale
        end = max(end, limit * scale)
        parts.append(
            f'<line x1="{at:.1f}" y1="{top + 2}" x2="{at:.1f}" y2="{top + _ROW - 2}" '
            f'stroke="{_BAR}" stroke-width="2"/>'
        )
    parts.append(f'<text x="{_LEFT + end + 6:.1f}" y="{middle + 4}">{number(value)}</text>')
    return parts


def known(rows: list[dict[str, Any]]) -> list[str]:
    """The plots all of whose figures there are."""
    names = {row["name"] for row in rows}
    return [file for file, (_, _, bars) in PLOTS.items() if names >= {bar[1] for bar in bars}]


def drawn(rows: list[dict[str, Any]]) -> dict[str, str]:
    """File name to picture, of every plot that is known."""
    figures = {row["name"]: row for row in rows}
    found = {}
    for file in known(rows):
        title, unit, bars = PLOTS[file]
        found[f"{file}.svg"] = svg(
            title, unit, [(label, figures[name], ours) for label, name, ours in bars]
        )
    return found


def links(rows: list[dict[str, Any]]) -> str:
    """The plots as Markdown."""
    return "\n\n".join(f"![{PLOTS[file][0]}](plots/{file}.svg)" for file in known(rows))


def write(rows: list[dict[str, Any]]) -> None:
    """Renew docs/plots."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.svg"):
        old.unlink()
    for file, picture in drawn(rows).items():
        (FOLDER / file).write_text(picture, encoding="utf-8")
