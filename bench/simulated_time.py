"""Simulated time for a world of one line, one agent and one carrier."""

from typing import Any


def pass_time(world: Any, until: int) -> None:
    """Let time pass in a world with ``now`` (ms), ``line``, ``agent`` and ``carrier``: from one
    instant at which one of them has something to do to the next."""
    while world.now < until:
        world.line.advance(world.now)
        wake = world.agent.step(world.now)
        for at in (world.line.next_ms(world.now), world.carrier.due()):
            if at is not None and at < wake:
                wake = at
        world.now = min(until, max(world.now + 1, wake))
