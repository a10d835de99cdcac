"""One figure: what a bench yields, and what stands in bench/results.json."""

import statistics
from collections.abc import Sequence
from typing import Any


def figure(
    name: str, value: float, unit: str, spread: float | None = None, bar: float | None = None,
    at_most: bool = True, rival: str | None = None, ratio: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One figure. spread: see half_range; None: there was one run. bar: what it must not exceed
    (at_most) or fall short of. ratio: how many times better than the rival."""
    ok = None if bar is None else (value <= bar if at_most else value >= bar)
    return {"name": name, "value": value, "unit": unit, "spread": spread, "rival": rival,
            "ratio": ratio, "bar": bar, "at_most": None if bar is None else at_most,
            "ok": ok}  # fmt: skip


def exact(name: str, value: float, unit: str, **more: Any) -> dict[str, Any]:
    """What is the same in every run: bytes, or anything on simulated time. Its spread is 0."""
    return figure(name, value, unit, 0, **more)


def median(name: str, values: Sequence[float], unit: str, **more: Any) -> dict[str, Any]:
    """The median of several runs, with their spread."""
    return figure(name, statistics.median(values), unit, half_range(values), **more)


def half_range(values: Sequence[float]) -> float:
    """Half of what lies between the extremes."""
    return (max(values) - min(values)) / 2


def number(value: float, digits: int = 4) -> str:
    """A value with so many digits that count."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.{digits}g}"
    return text if "e" not in text else f"{value:.5f}".rstrip("0").rstrip(".")
