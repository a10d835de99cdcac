"""One figure: what a bench yields, and what stands in bench/results.json."""

from typing import Any


def figure(
    name: str, value: float, unit: str, spread: float | None = None, bar: float | None = None,
    at_most: bool = True, rival: str | None = None, ratio: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One figure. bar: what it must not exceed (at_most) or fall short of. ratio: how many times
    better than the rival."""
    ok = None if bar is None else (value <= bar if at_most else value >= bar)
    return {"name": name, "value": value, "unit": unit, "spread": spread, "rival": rival,
            "ratio": ratio, "bar": bar, "ok": ok}  # fmt: skip
