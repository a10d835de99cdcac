"""A pole that runs short of room, of data or of time: what it holds back, and that it says so."""

from agent import frame, frame_reader
from agent.errors import JournalFull
from agent.protocols import cose
from agent.reading import HOLDOVER, SYNCED
from simulators.world.flash import SimFlash
from tests.shared.test_agent import MINUTE, logged, pole

HOUR = 3600000


def intervals(world):
    """The distances of rows of each schema, as a set."""
    found = {}
    for row in world.ingester.rows:
        found.setdefault(row[3], []).append((row[0], row[1]))
    return {
        later[1] - earlier[1]
        for times in found.values()
        for earlier, later in zip(sorted(times), sorted(times)[1:])
        if earlier[0] == later[0]
    }


def test_a_filling_journal_lowers_the_sampling_and_says_so():
    world = pole(seal_ms=20000)
    world.flash = SimFlash(14)
    world.set_network(False)
    world.boot("restart")
    world.run(4 * HOUR)
    told = [line for line in logged(world, "ration") if "filling" in line]
    assert told, "it was not told"
    assert world.agent.ration.keep == 8
    world.set_network(True)
    world.run(5 * HOUR)
    # What was given up stands in gaps; nothing of it is silent.
    for lane in (0, 1, 2):
        assert world.journal.released(lane) >= world.journal.next_seq(lane) - 3, lane
    gaps = [gap for gap in world.ingester.gaps if gap[3] == "evicted"]
    assert gaps and world.ingester.conflicts == 0
    assert world.agent.ration.keep == 1 and logged(world, "nothing is held back")
    assert intervals(world) >= {10000, 80000}


def test_a_spent_data_budget_leaves_alarms_their_way():
    world = pole()
    world.agent.ration.budget = 20000
    world.run(4 * HOUR)
    assert logged(world, "the data budget of the day is spent")
    held = world.journal.next_seq(1) - 1 - world.journal.released(1)
    assert held > 5
    world.level.jump(700)
    before = len(world.ingester.alarms)
    world.run(world.now + 3 * MINUTE)
    assert len(world.ingester.alarms) == before + 1
    # The count survives a restart, and the next day everything comes.
    world.cut_power()
    world.agent.ration.budget = 20000
    world.run(world.now + MINUTE)
    assert world.agent.ration.spent > 10000
    world.agent.ration.budget = 0
    world.run(world.now + HOUR)
    assert world.journal.released(1) >= world.journal.next_seq(1) - 3


def test_time_that_no_source_confirms_becomes_holdover():
    world = pole(every_ms=60000, seal_ms=600000)
    world.run(HOUR)
    assert world.agent.sealer.at(world.now)[1] == SYNCED
    world.set_network(False)
    world.run(8 * HOUR)
    assert world.agent.sealer.at(world.now)[1] == HOLDOVER
    world.set_network(True)
    world.run(9 * HOUR)
    assert world.agent.sealer.at(world.now)[1] == SYNCED
    assert {row[2] for row in world.ingester.rows} >= {SYNCED, HOLDOVER}


def test_a_clock_that_was_wrong_is_told_by_how_much():
    world = pole()
    world.run(10 * MINUTE)
    sealer = world.agent.sealer
    before = world.journal.next_seq(1)
    utc = sealer.at(world.now)[0]
    assert not sealer.learn_time(world.now, utc + 900, 100, "gnss")
    assert not sealer.learn_time(world.now, utc + 3000, 2000, "platform"), "within its uncertainty"
    # A step is believed when it is seen again, at the least ten seconds later.
    assert not sealer.learn_time(world.now, utc + 3600000, 100, "gnss")
    assert not sealer.learn_time(world.now + 9999, utc + 3600000 + 9999, 100, "gnss")
    assert sealer.learn_time(world.now + 10000, utc + 3600000 + 10000, 100, "gnss")
    got = frame_reader.decode(cose.parse1(world.journal.read(1, before)).payload)
    assert got.kind == frame.TIME_RECORD and got.body[6] == 3600000


def test_a_gap_that_the_journal_does_not_take_is_told_later():
    world = pole()
    world.run(5 * MINUTE)
    agent = world.agent
    append = world.journal.append

    def full(lane, seq, data, uptime):
        raise JournalFull("full for once")

    first = world.journal.next_seq(1) + 1000
    agent.uplink.backlog.holes.append([1, first, first + 2])
    world.journal.append = full
    world.run(world.now + 3000)
    assert agent.uplink.backlog.holes, "forgotten"
    world.journal.append = append
    world.run(world.now + MINUTE)
    assert not agent.uplink.backlog.holes
    assert [gap for gap in world.ingester.gaps if gap[1] == first]
