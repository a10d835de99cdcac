"""A thousand seeded lives of a pole over a bad network: see tests.torture.delivery."""

import importlib
import multiprocessing
from collections.abc import Iterator
from typing import Any

from bench.figure import exact

SEEDS, CHUNK = 1000, 50


def _chunk(first: int) -> tuple[dict[str, int], list[str]]:
    delivery = importlib.import_module("tests.torture.delivery")
    found: tuple[dict[str, int], list[str]] = delivery.run(first, CHUNK)
    return found


def figures() -> Iterator[dict[str, Any]]:
    """What must be none, and how much was lived through."""
    total: dict[str, int] = {}
    violations: list[str] = []
    with multiprocessing.get_context("spawn").Pool() as pool:
        for counted, wrong in pool.imap_unordered(_chunk, range(1, SEEDS + 1, CHUNK)):
            violations += wrong
            for name, number in counted.items():
                total[name] = total.get(name, 0) + number
    for text in violations[:10]:
        print(f"  {text}")
    yield exact("delivery, 1000 seeds: frames sealed", total["frames"], "frames")
    yield exact("delivery, 1000 seeds: power cuts", total["cuts"], "cuts")
    yield exact("delivery, 1000 seeds: packets lost", total["lost"], "packets")
    yield exact("delivery, 1000 seeds: lost and declared", total["declared"], "frames")
    yield exact("delivery, 1000 seeds: lost without a word", total["silent"], "frames", bar=0)
    yield exact("delivery, 1000 seeds: rows stored twice", total["repeated"], "rows", bar=0)
    yield exact("delivery, 1000 seeds: violations of any kind", len(violations), "", bar=0)
