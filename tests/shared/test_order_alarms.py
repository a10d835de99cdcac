"""Drills and resets by signed order: the same path as at the pole, and no danger hidden by them."""

from agent import drill, frame_reader, order_writer, reset
from agent.errors import EXPIRED, FORGED, NOT_ALLOWED, REPLAYED
from agent.frame import CLEARED, RAISED
from agent.orders import DRILL, RESET
from agent.protocols import cose
from agent.reading import NO_REPLY, Reading
from simulators.world.signer import DigestSigner
from tests.shared.test_drill import told
from tests.shared.test_orders import MINUTE, order, pole

LEVEL = ("underpass", "level")


def newest(world):
    """The body of the newest frame of the alarm lane."""
    contents = world.ingester.contents
    newest = max(key for key in contents if not key[1])
    return frame_reader.decode(cose.parse1(contents[newest]).payload).body


def latched():
    """A pole whose alarm was raised, and whose water has gone."""
    world = pole()
    world.settings.lines[0].devices[0].alarms[0].latch = True
    world.boot("power-on")
    world.run(world.now + 3 * MINUTE)
    world.level.jump(600)
    world.run(world.now + MINUTE)
    world.level.jump(20)
    world.run(world.now + MINUTE + 3000)  # between two readings
    assert [one[0] for one in told(world)] == [RAISED]
    return world


def test_a_drill_by_order_is_a_drill():
    world = pole()
    order(world, 1, order_writer.drill(*LEVEL, 10 * MINUTE))
    assert world.agent.drill.who == "platform"
    world.level.jump(600)
    world.run(world.now + MINUTE)
    world.level.jump(20)
    world.run(world.now + MINUTE)
    begun, raised, cleared, over = told(world)
    assert (begun[0], raised, cleared) == (1, (RAISED, 1), (CLEARED, 1))
    assert over[:2] == (0, drill.PASSED)
    assert world.agent.uplink.gate.refused == {}


def test_a_drill_by_order_ends_by_order():
    world = pole()
    order(world, 1, order_writer.drill(*LEVEL, 10 * MINUTE))
    order(world, 2, order_writer.drill("", "", 0))
    assert world.agent.drill is None
    world.level.jump(600)
    world.run(world.now + MINUTE)
    assert told(world)[-1] == (RAISED, None)


def test_what_is_no_order_to_drill_or_reset_is_refused():
    world = pole()
    bodies = (
        order_writer.drill("underpass", "no such", MINUTE),
        {1: DRILL},
        {1: DRILL, 2: [1], 3: {}, 4: MINUTE},
        {1: DRILL, 2: "underpass", 3: "level", 4: -1},
        order_writer.reset("underpass", "no such"),
        order_writer.reset(*LEVEL),
        {1: RESET},
    )
    for count, body in enumerate(bodies, 1):
        order(world, count, body)
    assert world.agent.drill is None
    assert world.agent.uplink.gate.refused == {NOT_ALLOWED: len(bodies)}


def test_forged_replayed_and_old_ones_do_nothing():
    for body in (order_writer.drill(*LEVEL, MINUTE), order_writer.reset(*LEVEL)):
        world = latched()
        order(world, 5, {1: 99})
        before = dict(world.agent.uplink.gate.refused)
        order(world, 6, body, signer=DigestSigner(b"thief"))
        order(world, 5, body)
        order(world, 7, body, lasts=0)
        refused = world.agent.uplink.gate.refused
        assert {reason: refused[reason] - before.get(reason, 0) for reason in refused} == {
            NOT_ALLOWED: 0,
            FORGED: 1,
            REPLAYED: 1,
            EXPIRED: 1,
        }
        world.run(world.now + MINUTE)
        assert world.agent.drill is None and [one[0] for one in told(world)] == [RAISED]


def test_a_latched_alarm_that_reads_good_is_reset_and_says_by_whom():
    world = latched()
    order(world, 1, order_writer.reset(*LEVEL))
    assert world.agent.uplink.gate.refused == {}
    world.run(world.now + MINUTE)
    assert [one[0] for one in told(world)] == [RAISED, CLEARED]
    assert newest(world)[11] == "platform"
    # The next one latches anew, and nobody watches any more.
    assert world.agent.watchers == []
    world.level.jump(600)
    world.run(world.now + MINUTE)
    world.level.jump(20)
    world.run(world.now + 5 * MINUTE)
    assert [one[0] for one in told(world)] == [RAISED, CLEARED, RAISED]


def test_it_stays_while_the_reading_is_not_good():
    world = latched()
    (alarm,) = world.agent.alarms
    alarm.judge(Reading("level", None, 0, "mm", NO_REPLY), world.now)
    order(world, 1, order_writer.reset(*LEVEL))
    world.level.jump(600)
    world.run(world.now + MINUTE)
    order(world, 2, order_writer.reset(*LEVEL))
    assert world.agent.uplink.gate.refused == {NOT_ALLOWED: 2}
    assert alarm.raised and alarm.reset_by is None
    assert reset.begin(world.agent, world.now, *LEVEL, "Li Wei") == reset.NOT_GOOD


def test_a_reading_that_is_not_safe_withdraws_it():
    world = latched()
    order(world, 1, order_writer.reset(*LEVEL))
    world.level.jump(600)
    world.run(world.now + MINUTE)
    world.level.jump(20)
    world.run(world.now + 5 * MINUTE)
    assert [one[0] for one in told(world)] == [RAISED]
    assert world.agent.watchers == [] and world.agent.alarms[0].reset_by is None


def test_a_restart_withdraws_it():
    world = latched()
    order(world, 1, order_writer.reset(*LEVEL))
    world.boot("watchdog")
    world.run(world.now + 5 * MINUTE)
    assert RAISED in [one[0] for one in told(world)]
    assert CLEARED not in [one[0] for one in told(world)]
    assert world.agent.alarms[0].raised and world.agent.alarms[0].state == RAISED
