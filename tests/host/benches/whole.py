"""A bench that does what it should."""

from typing import Any

from bench.figure import exact, median


def figures() -> list[dict[str, Any]]:
    return [exact("bytes", 3, "B", bar=4), median("rate", [9, 5, 6], "1/s", bar=7, at_most=False)]
