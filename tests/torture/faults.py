"""Faults of delivery and of restarts, each on simulated time and from a seed.

Invariants: D nothing durable is lost silently, W no wrong data, G gaps exactly reported, L all
drains after the fault, S it starts, B bounded. ``run(seed)`` returns what was violated.
"""

from collections.abc import Callable

from agent.reading import LANES
from tests.torture.world import World


class Fault:
    """One fault: ``live`` lets it happen to a world, which then drains and is compared."""

    def __init__(self, name: str, invariants: str, live: Callable[[World], None], sectors: int):
        self.name = name
        self.invariants = invariants
        self.live = live
        self.sectors = sectors

    def run(self, seed: int) -> list[str]:
        """The violations, with their seed and simulated instant."""
        world = World(seed, self.sectors)
        self.live(world)
        world.drain()
        world.check()
        return world.violations


def _report(world: World, count: int) -> None:
    """Frames in all lanes, some seconds apart."""
    for _ in range(count):
        world.seal((0, 1, 1, 1, 1, 1, 2)[world.dice.below(7)])
        world.run(world.now + world.dice.between(10, 5000))


def half_open(world: World) -> None:
    """The network swallows everything for ten minutes, and says nothing."""
    _report(world, 20)
    world.network.half_open = True
    _report(world, 40)
    world.run(world.now + 600000)
    world.network.half_open = False


def server_restart(world: World) -> None:
    """The server forgets its sessions and what waits in them, again and again."""
    for _ in range(8):
        _report(world, 8)
        world.network.forget_sessions()
        outage = world.network.outage(world.now)
        world.run(world.now + 30000)
        outage[1] = world.now


def late_acknowledgements(world: World) -> None:
    """Every signed acknowledgement comes again later, several times and in any order."""
    old: list[bytes] = []
    receive = world.network.receive

    def again(now: int, device: str, lane: int, data: bytes, ask: bool) -> list[bytes]:
        fresh: list[bytes] = receive(now, device, lane, data, ask)
        old.extend(fresh)
        if old:
            fresh = [*fresh, *(old[world.dice.below(len(old))] for _ in range(3))]
        before = [world.journal.released(lane) for lane in LANES]
        held.append(before)
        if len(held) > 1 and any(new < past for new, past in zip(before, held[-2], strict=True)):
            world.fault("D", "an old acknowledgement moved a cursor back")
        return fresh

    held: list[list[int]] = []
    world.network.receive = again
    world.network.reordering = 300
    _report(world, 80)


def full_journal(world: World) -> None:
    """An outage that the journal is too small for: the oldest telemetry goes, alarms stay."""
    outage = world.network.outage(world.now)
    _report(world, 150)
    if any(world.journal.read(0, seq) is None for seq in range(1, world.journal.next_seq(0))):
        world.fault("G", "an alarm was given up while telemetry was held")
    outage[1] = world.now


def boot_loop(world: World) -> None:
    """A hundred resets in a row, away from the network, evict nothing."""
    outage = world.network.outage(world.now)
    _report(world, 20)
    for _ in range(100):
        world.cut()
        world.step()
    for lane, seq in world.sealed:
        if world.journal.read(lane, seq) != world.sealed[(lane, seq)]:
            world.fault("D", f"a boot loop lost ({lane}, {seq})")
    outage[1] = world.now


def cuts_in_writes(world: World) -> None:
    """The power goes in the middle of writes, while the network loses a fifth."""
    world.network.loss = 200
    for _ in range(12):
        world.cut_soon()
        _report(world, 6)
    world.flash.cut_at = None


def slow_line(world: World) -> None:
    """A line of 16 kbit/s whose round trip is several seconds."""
    world.network.rate = 16000
    world.network.latency = (1000, 3000)
    _report(world, 80)


FAULTS = (
    Fault("half-open connection", "DL", half_open, 16),
    Fault("server restart", "DL", server_restart, 16),
    Fault("duplicate and stale acknowledgements", "DWL", late_acknowledgements, 16),
    Fault("full journal", "DGL", full_journal, 6),
    Fault("boot loop", "DSL", boot_loop, 16),
    Fault("power cuts in writes", "DWGSL", cuts_in_writes, 16),
    Fault("slow line", "DL", slow_line, 16),
)
