"""A delivery of fifty simulated boards, eight at a time, four of them faulty, as bench.flashing
does one. It takes minutes, and runs only when it is asked for: ``make bench ONLY=batch``.
"""

from collections.abc import Iterator
from typing import Any

from bench.figure import exact, figure, median
from bench.flashing import BOARDS, FAULTY, measure


def figures() -> Iterator[dict[str, Any]]:
    """How long it took; every good one reports, and every bad one is named with its reason."""
    good = BOARDS - len(FAULTY)
    found = measure()
    yield figure("fifty boards, eight at a time", found["seconds"], "s", bar=300)
    yield median("fifty boards, eight at a time: each that passed", found["each_s"], "s")
    yield exact("fifty boards, passed", found["passed"], "boards", bar=good, at_most=False)
    yield exact("fifty boards, reporting", found["reporting"], "boards", bar=good, at_most=False)
    yield exact("fifty boards, wrong verdicts", len(found["wrong_verdicts"]), "boards", bar=0)
