"""Delivery over a bad network: nothing sealed is lost without a word, nothing stands twice.

Each seed is one run of 120 frames with 20 % loss each way, repeats, reordering, late
acknowledgements, forgotten sessions and power cuts; every fourth has an outage, and a journal that
is too small for it, so that frames are evicted; every third goes by datagrams that are confirmed
only where they ask.
"""

import sys
import time

from tests.torture.world import World

FRAMES = 120
SMALL = 5  # sectors
LARGE = 16


def one(seed: int) -> tuple[World, dict[str, int]]:
    """Live through one run; returns its world, and what check() counted."""
    small = seed % 4 == 0
    world = World(seed, SMALL if small else LARGE, datagrams=seed % 3 == 0)
    network, dice = world.network, world.dice
    network.latency = (20, 2500)
    network.loss, network.duplication, network.reordering = 200, 100, 200
    network.session_loss = 200
    if small:
        network.outage(20000, 400000)
    made = 0
    while made < FRAMES:
        if dice.chance(12):
            world.cut()
        elif dice.chance(12):
            world.cut_soon()
        # Alarms, telemetry and diagnostics, in bursts and apart.
        world.seal((0, 1, 1, 1, 1, 1, 1, 2)[dice.below(8)])
        made += 1
        world.run(world.now + dice.between(10, 8000))
    world.flash.cut_at = None
    world.drain()
    return world, world.check()


def run(first_seed: int, count: int) -> tuple[dict[str, int], list[str]]:
    """(figures, violations) of the runs from first_seed on."""
    figures = dict.fromkeys(
        ("runs", "frames", "cuts", "lost", "repeats", "declared", "silent", "repeated"), 0
    )
    violations: list[str] = []
    for seed in range(first_seed, first_seed + count):
        world, counted = one(seed)
        figures["runs"] += 1
        figures["frames"] += len(world.account.sealed)
        figures["cuts"] += world.cuts
        figures["lost"] += world.network.lost
        figures["repeats"] += world.ingester.repeats
        for name, number in counted.items():
            figures[name] += number
        violations.extend(f"seed {seed}, {text}" for text in world.account.violations)
    return figures, violations


if __name__ == "__main__":
    began = time.monotonic()
    found, wrong = run(int(sys.argv[1]), int(sys.argv[2]))
    print(found, f"{time.monotonic() - began:.1f} s")
    print("\n".join(wrong))
