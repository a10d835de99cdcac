"""What a pole gives up is told while its backlog still waits, not behind it."""

from agent import frame, frame_reader
from agent.protocols import cose
from agent.reading import ALARM, DIAGNOSTIC, TELEMETRY
from simulators.world.flash import SimFlash
from tests.shared.test_agent import logged, pole

HOUR = 3600000


def statuses(world, lane=DIAGNOSTIC):
    """The bodies of the status records that came in a lane."""
    found = []
    for key in sorted(world.ingester.contents):
        if key[1] == lane:
            got = frame_reader.decode(cose.parse1(world.ingester.contents[key]).payload)
            if got.kind == frame.STATUS:
                found.append(got.body)
    return found


def keeps(world):
    """One row kept in so many, as they say."""
    return [body[9][0] for body in statuses(world)]


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


def test_a_budget_that_holds_lanes_back_is_told_while_it_does():
    world = pole()
    ration = world.agent.ration
    world.run(2 * 60000)
    ration.budget = ration.spent * 10 // 7  # 70 % of it is gone
    world.run(world.now + 60000)
    told = statuses(world, TELEMETRY)
    assert told[0][9] == [1, TELEMETRY, "the data budget of the day is running out"]
    ration.budget = ration.spent // 2
    world.run(world.now + 60000)
    told = statuses(world, ALARM)
    assert told[-1][9] == [4, ALARM, "the data budget of the day is spent"]
    assert len(statuses(world)) == 1, "that of the start alone"
    ration.budget = 0
    world.run(world.now + 60000)
    assert statuses(world)[-1][9] == [1, DIAGNOSTIC, ""]


def test_a_line_that_cannot_keep_up_is_told_at_once_and_then_once_in_a_while():
    world = pole(every_ms=50, seal_ms=20000)
    world.agent.settings.lines = ()  # as a board lets go of them
    world.run(world.now + 40000)
    first, second = statuses(world)
    assert 12 not in first
    skipped = dict(zip(("rs485", "gas", "air"), [bus.skipped for bus in world.agent.buses]))
    assert second[12] and all(0 < count < skipped[name] for name, count in second[12])
    for name, count in second[12]:
        assert len(logged(world, "%s cannot keep up, skipped: %d" % (name, count))) == 1
    # Further ones within the hour.
    world.agent.upkeep.told(world.agent, world.now - HOUR)
    world.run(world.now + 25000)
    later = statuses(world)
    assert len(later) == 3
    more = [count - skipped[name] for name, count in later[2][12]]
    assert min(more) >= 0 and max(more) > 0
    assert len(logged(world, "cannot keep up")) == len(second[12]) + len(later[2][12])
