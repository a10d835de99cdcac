"""What comes under several loads, as figures: that it is as much under each."""

import statistics
from collections.abc import Sequence
from typing import Any

from bench.figure import figure, median

PLATEAU, LOAD = 0.9, 10  # at least, of the most that comes


def figures(
    where: str, offered: Sequence[int], rates: list[list[float]], each: str, unit: str
) -> list[dict[str, Any]]:
    """offered: the loads, the largest last; rates: what came under each load, in each round; each:
    what the figure of a load is called, with a %d for the load."""
    most = max(statistics.median(came) for came in rates)
    return [
        median(f"overload at the {where}: the plateau, of the maximum", _plateau(rates), "times",
               bar=PLATEAU, at_most=False),
        figure(f"overload at the {where}: offered, of the maximum", offered[-1] / most, "times",
               bar=LOAD, at_most=False),
        *(median(each % load, came, unit) for load, came in zip(offered, rates, strict=True)),
    ]  # fmt: skip


def _plateau(rates: list[list[float]]) -> list[float]:
    """What comes under the load with the least, of that under the one with the most, in each round:
    both by their medians."""
    most = max(rates, key=statistics.median)
    parts = [[rate / best for rate, best in zip(each, most, strict=True)] for each in rates]
    return min(parts, key=statistics.median)
