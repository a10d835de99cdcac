"""Alarms fail safe: hysteresis, dwell, blindness, latching over a restart, each proven alone and in
a pole's life."""

from agent import frame, frame_reader
from agent.alarms import Alarm
from agent.frame import BLIND, CLEARED, PENDING, RAISED
from agent.protocols import cose
from agent.reading import (
    ALARM,
    DEVICE_FAULT,
    GOOD,
    IMPLAUSIBLE,
    NO_REPLY,
    OUT_OF_RANGE,
    STUCK,
    WARM_UP,
    Channel,
    Reading,
)
from agent.settings import AlarmRule
from tests.shared.test_agent import MINUTE, column, pole

LEVEL = Channel("level", "m", -3, None, None)


def alarm(every_ms=1000, warm_up_ms=0, **changes):
    items = {"channel": "level", "direction": 1, "limit": 300, "clear": 250, "for_ms": 0}
    items.update(changes)
    return Alarm("underpass", LEVEL, AlarmRule(items), every_ms, warm_up_ms)


def judged(which, readings):
    """[(second, state)] of the transitions; readings: (value, quality) or value, one a second."""
    found = []
    for second, part in enumerate(readings):
        value, quality = part if isinstance(part, tuple) else (part, GOOD)
        state = which.judge(Reading("level", value, -3, "m", quality), second * 1000)
        if state is not None:
            found.append((second, state))
    return found


def test_hysteresis_raises_above_the_limit_and_clears_at_clear():
    assert judged(alarm(), [300, 301, 299, 251, 250, 300]) == [(1, RAISED), (4, CLEARED)]
    falling = alarm(direction=-1, limit=-50, clear=-40)
    assert judged(falling, [-50, -51, -49, -41, -40]) == [(1, RAISED), (4, CLEARED)]


def test_dwell_must_last_and_a_lost_reply_does_not_start_it_again():
    high, lost = 400, (None, NO_REPLY)
    assert judged(alarm(for_ms=3000), [high, high, 0, high, high, high, high]) == [
        (0, PENDING),
        (2, CLEARED),
        (3, PENDING),
        (6, RAISED),
    ]
    assert judged(alarm(for_ms=3000), [high, lost, lost, high]) == [(0, PENDING), (3, RAISED)]


def test_clear_for_wants_good_readings_without_a_break():
    safe, high = 100, 400
    lost, wet = (None, NO_REPLY), (100, STUCK)
    steps = [high, safe, safe, 260, safe, safe, lost, safe, safe, wet, safe, safe, safe, safe]
    assert judged(alarm(clear_ms=3000), steps) == [(0, RAISED), (13, CLEARED)]


def test_a_flag_never_suppresses_and_never_clears():
    for quality in (OUT_OF_RANGE, STUCK, IMPLAUSIBLE):
        which = alarm()
        assert judged(which, [(400, quality)]) == [(0, RAISED)], quality
        assert judged(which, [(0, quality)] * 5) == [], quality
        assert judged(which, [0]) == [(0, CLEARED)], quality


def test_a_value_of_a_sensor_that_warms_up_says_nothing():
    which = alarm()
    assert judged(which, [(400, WARM_UP)]) == []
    assert judged(which, [400, (0, WARM_UP)]) == [(0, RAISED)]


def test_every_way_to_be_unreadable_goes_blind_within_the_set_time():
    for part in (
        (None, NO_REPLY),
        (None, DEVICE_FAULT),
        (20, STUCK),
        (20, IMPLAUSIBLE),
        (-9000, OUT_OF_RANGE),
        (20, WARM_UP),
    ):
        assert judged(alarm(), [20] + [part] * 30) == [(10, BLIND)], part
        assert judged(alarm(blind_ms=5000), [20] + [part] * 30) == [(5, BLIND)], part
        assert judged(alarm(every_ms=20000), [20] + [part] * 70) == [(60, BLIND)], part
    assert alarm().tick(0) is None
    silent = alarm()
    assert [silent.tick(second * 1000) for second in range(12)].index(BLIND) == 10


def test_a_warm_up_is_waited_for_and_an_overlong_one_is_not():
    warming = [(20, WARM_UP)] * 60
    assert judged(alarm(warm_up_ms=30000), warming) == [(40, BLIND)]
    assert judged(alarm(warm_up_ms=30000), warming[:35] + [20]) == []
    # A sensor that stops answering in its warm-up is no longer warming up.
    assert judged(alarm(warm_up_ms=30000), warming[:12] + [(None, NO_REPLY)]) == [(12, BLIND)]


def test_blind_while_raised_keeps_the_danger_until_it_is_read_to_be_safe():
    which = alarm()
    lost = (None, NO_REPLY)
    assert judged(which, [400] + [lost] * 11) == [(0, RAISED), (10, BLIND)]
    assert which.raised
    # Between clear and limit it is seen again, and still raised.
    assert judged(which, [270]) == [(0, RAISED)]
    assert judged(which, [240]) == [(0, CLEARED)] and not which.raised


def test_a_stuck_value_beyond_the_limit_is_raised_and_blind():
    which = alarm()
    assert judged(which, [20] + [(400, STUCK)] * 15) == [(1, RAISED), (10, BLIND)]
    assert which.raised


def test_what_is_stuck_beyond_the_limit_has_lasted_long_enough():
    which = alarm(for_ms=5000)
    assert judged(which, [20, (400, STUCK)]) == [(1, RAISED)]
    which = alarm(for_ms=5000)
    assert judged(which, [400, (400, STUCK)]) == [(0, PENDING), (1, RAISED)]


def test_restored_is_as_before():
    for state, raised, readings, expected in (
        (RAISED, 1, [260, 250], [(1, CLEARED)]),
        (BLIND, 1, [260, 250], [(0, RAISED), (1, CLEARED)]),
        (BLIND, 0, [260], [(0, CLEARED)]),
        (PENDING, 0, [260], [(0, CLEARED)]),
    ):
        which = alarm()
        which.restore(state, raised, 0)
        assert judged(which, readings) == expected, state
    waiting = alarm(for_ms=3000)
    waiting.restore(PENDING, 0, 10000)
    high = Reading("level", 400, -3, "m", GOOD)
    assert [waiting.judge(high, at) for at in (12000, 13000)] == [None, RAISED]


def test_one_that_latches_clears_only_after_somebody_came():
    which = alarm(latch=True)
    which.reset_by = "who was here before"
    assert judged(which, [400, 0, 0, 0]) == [(0, RAISED)]
    which.reset_by = "Li"
    assert judged(which, [400, 260, (0, STUCK)]) == []
    assert judged(which, [250]) == [(0, CLEARED)]
    assert judged(which, [400, 0, 0]) == [(0, RAISED)]


# In a pole's life.


def states(world):
    return [part[3] for part in world.ingester.alarms]


def bodies(world):
    """The bodies of the alarm frames in the order of their sequence."""
    contents = world.ingester.contents
    found = []
    for key in sorted(contents):
        if key[1] == ALARM:
            got = frame_reader.decode(cose.parse1(contents[key]).payload)
            if got.kind == frame.ALARM_FRAME:
                found.append(got.body)
    return found


def test_a_drowned_sensor_alarms():
    world = pole()
    world.run(3 * MINUTE)
    # Under water it measures what is next to it, nearer than its range begins.
    world.level.high, world.level.step = 3200, 0
    world.level.jump(3150)
    world.run(5 * MINUTE)
    assert column(world, "underpass", "level")[-1][1] == OUT_OF_RANGE
    assert states(world) == [RAISED]
    # It dies of it: the flood is still on, and nobody sees it any more.
    world.twins["rs485"][0].fault = "silent"
    world.run(8 * MINUTE)
    assert states(world) == [RAISED, BLIND]
    assert 10 not in bodies(world)[0] and bodies(world)[1][10] == RAISED
    world.cut_power()
    world.twins["rs485"][0].fault = ""
    world.level.jump(270)
    world.run(12 * MINUTE)
    assert states(world) == [RAISED, BLIND, RAISED]
    world.level.jump(20)
    world.run(14 * MINUTE)
    assert states(world) == [RAISED, BLIND, RAISED, CLEARED]


def test_an_alarm_that_was_judged_and_not_sealed_is_told_after_the_restart():
    world = pole()
    world.run(3 * MINUTE)
    for sector in range(2, world.flash.sectors):
        world.flash.worn[sector] = "error"  # the journal fails; the state beside it does not
    world.level.jump(700)
    world.run(4 * MINUTE)
    assert states(world) == [] and world.agent.alarms[0].state == RAISED
    world.cut_power()
    world.run(7 * MINUTE)
    assert states(world) == [RAISED]
    # What was sealed is not told again.
    world.cut_power()
    world.run(10 * MINUTE)
    assert states(world) == [RAISED]


def test_many_active_alarms_fit_into_the_state():
    world = pole()
    world.run(2 * MINUTE)
    one = world.agent.alarms[0]
    for number in range(63):
        extra = alarm()
        extra.device = "a device with a long name %d" % number
        extra.restore(RAISED, 1, world.now)
        world.agent.alarms.append(extra)
    one.restore(RAISED, 1, world.now)
    world.agent.latch(world.now)
    world.cut_power()
    world.run(world.now + 1)
    assert world.agent.alarms[0].state == RAISED


def test_a_state_of_another_make_stops_nobody():
    from agent.protocols import cbor

    for items in ({1: [["underpass/level/1", 1]]}, {1: 7}, [1], {2: [0, 0]}, {1: [[1, 2, 3]]}):
        world = pole()
        world.run(MINUTE)
        world.agent.ports.state.put(cbor.encode(items))
        world.cut_power()
        world.run(3 * MINUTE)
        assert column(world, "underpass", "level"), items
