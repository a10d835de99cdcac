"""What a pole gives up is told while its backlog still waits, not behind it."""

from agent import frame, frame_reader
from agent.protocols import cose
from agent.reading import DIAGNOSTIC, TELEMETRY
from simulators.world.flash import SimFlash
from tests.shared.test_agent import pole

HOUR = 3600000


def keeps(world):
    """One row kept in so many, by the statuses that came."""
    found = []
    for key in sorted(world.ingester.contents):
        if key[1] == DIAGNOSTIC:
            got = frame_reader.decode(cose.parse1(world.ingester.contents[key]).payload)
            if got.kind == frame.STATUS:
                found.append(got.body[9][0])
    return found


def test_a_status_says_so_long_before_a_backlog_is_through():
    world = pole(seal_ms=20000)
    world.flash = SimFlash(14)
    world.set_network(False)
    world.boot("restart")
    world.run(4 * HOUR)
    assert world.agent.ration.keep == 8
    world.network.rate = 1200
    world.set_network(True)
    journal = world.journal
    waited = journal.next_seq(TELEMETRY) - journal.released(TELEMETRY)
    while 8 not in keeps(world) and world.now < 6 * HOUR:
        world.run(world.now + 5000)
    assert 8 in keeps(world)
    left = journal.next_seq(TELEMETRY) - max(journal.released(TELEMETRY), journal.tail(TELEMETRY))
    assert left > waited // 2, (left, waited)
