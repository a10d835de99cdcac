"""Plausibility, calibration and filters: flagged, corrected, added; never held back."""

from agent.filters import Filter, derived
from agent.frame import BLIND, CLEARED, RAISED
from agent.quality import Quality
from agent.reading import (
    DEVICE_FAULT,
    GOOD,
    IMPLAUSIBLE,
    NO_REPLY,
    OUT_OF_RANGE,
    STUCK,
    WARM_UP,
    Channel,
    Reading,
    has_value,
)
from agent.settings import DeviceSettings
from tests.shared.test_agent import MINUTE, column, pole

LEVEL = Channel("level", "m", -3, None, None)


def device(name="underpass", channel="level", **changes):
    rule = {"offset": 0, "low": None, "high": None, "rate": None, "stuck": 0, "agrees": None}
    rule.update({"due": None})
    rule.update(changes)
    keys = ("offset", "low", "high", "rate", "stuck", "agrees", "due")
    items = [channel] + [rule[key] for key in keys]
    return DeviceSettings(
        {
            "name": name,
            "driver": "",
            "options": {},
            "every_ms": 1000,
            "alarms": [],
            "checks": [items],
        }
    )


def reading(value, quality=GOOD, name="level"):
    return Reading(name, value, -3, "m", quality)


def judged(quality, values, name="underpass"):
    """[(value, quality)] of readings one second apart; a value may be (value, quality)."""
    found = []
    for second in range(len(values)):
        part = values[second]
        value, code = part if isinstance(part, tuple) else (part, GOOD)
        got = quality.judge(name, [reading(value, code)], second * 1000)[0]
        found.append((got.value, got.quality))
    return found


def test_an_offset_corrects_whatever_has_a_value():
    quality = Quality([device(offset=-5)])
    given = [100, (90, OUT_OF_RANGE), (None, NO_REPLY), (80, WARM_UP)]
    assert judged(quality, given) == [
        (95, GOOD),
        (85, OUT_OF_RANGE),
        (None, NO_REPLY),
        (75, WARM_UP),
    ]
    others = [reading(7, name="temperature")]
    assert quality.judge("underpass", others, 0) == others
    assert quality.judge("another", others, 0) == others


def test_a_range_is_judged_after_the_correction_and_keeps_the_value():
    quality = Quality([device(offset=10, low=0, high=100)])
    assert judged(quality, [-11, -10, 90, 91]) == [
        (-1, OUT_OF_RANGE),
        (0, GOOD),
        (100, GOOD),
        (101, OUT_OF_RANGE),
    ]


def test_what_does_not_change_for_too_long_is_stuck_until_it_changes():
    quality = Quality([device(stuck=3000)])
    qualities = [code for _, code in judged(quality, [5, 5, 5, 5, 5, 6, 5])]
    assert qualities == [GOOD, GOOD, GOOD, STUCK, STUCK, GOOD, GOOD]


def test_a_spike_is_implausible_and_a_step_that_stays_is_believed_in_time():
    # 36 m/h is 10 mm a second.
    quality = Quality([device(rate=36000)])
    assert [code for _, code in judged(quality, [0, 10, 500, 20, 31, 50])] == [
        GOOD,
        GOOD,
        IMPLAUSIBLE,
        GOOD,
        IMPLAUSIBLE,
        IMPLAUSIBLE,
    ]
    step = [code for _, code in judged(Quality([device(rate=36000)]), [0] + [50] * 7)]
    assert step == [GOOD] + [IMPLAUSIBLE] * 4 + [GOOD] * 3
    fall = [code for _, code in judged(Quality([device(rate=36000)]), [50, 0])]
    assert fall == [GOOD, IMPLAUSIBLE]


def test_two_channels_that_should_agree():
    quality = Quality([device(agrees=["bridge", "level", 20, 2000])])
    assert quality.judge("underpass", [reading(500)], 0)[0].quality == GOOD  # nobody to ask
    quality.judge("bridge", [reading(100)], 500)
    assert quality.judge("underpass", [reading(120)], 1000)[0].quality == GOOD
    assert quality.judge("underpass", [reading(121)], 1500)[0].quality == IMPLAUSIBLE
    assert quality.judge("underpass", [reading(79)], 2000)[0].quality == IMPLAUSIBLE
    # What the other said is too old, and a fault of the other says nothing.
    assert quality.judge("underpass", [reading(79)], 2501)[0].quality == GOOD
    quality.judge("bridge", [reading(None, NO_REPLY)], 2600)
    quality.judge("bridge", [reading(3000, OUT_OF_RANGE)], 2600)
    assert quality.judge("underpass", [reading(79)], 2700)[0].quality == GOOD


def test_a_calibration_is_overdue_from_its_day_on():
    quality = Quality([device("b", due=1000), device("a", "co", due=2000), device("c")])
    assert quality.overdue(999) == []
    assert quality.overdue(1000) == [["b", "level"]]
    assert quality.overdue(5000) == [["a", "co"], ["b", "level"]]


def filtered(kind, count, values, every_ms=1000, step=1000):
    each = Filter(LEVEL, kind, count, every_ms)
    found = []
    for at in range(len(values)):
        part = values[at]
        value, code = part if isinstance(part, tuple) else (part, GOOD)
        got = each.read([reading(7, name="other"), reading(value, code)], at * step)
        assert (got.name, has_value(got.quality)) == ("level_" + kind, got.value is not None)
        found.append((got.value, got.quality))
    return found


def test_a_median_leaves_a_spike_out():
    found = filtered("median", 3, [10, 20, 900, 30, 20, (None, NO_REPLY), 40])
    assert [value for value, _ in found] == [10, 10, 20, 30, 30, None, 30]
    assert found[5][1] == NO_REPLY


def test_a_mean_rounds_halves_away_from_zero():
    assert [value for value, _ in filtered("mean", 2, [1, 2, -4, -1, -2])] == [1, 2, -1, -3, -2]


def test_a_rate_is_the_change_in_an_hour():
    assert derived(LEVEL, "rate") == ("level_rate", "m/h", -3, None, None)
    # 5 mm in 10 s are 1.8 m in an hour.
    found = filtered("rate", 3, [0, 5, 10, 10, 0], 10000, 10000)
    assert found == [(0, WARM_UP), (1800, GOOD), (1800, GOOD), (900, GOOD), (-1800, GOOD)]


def test_a_filter_has_the_quality_of_its_newest_reading_and_forgets_old_ones():
    given = [10, (20, STUCK), (30, IMPLAUSIBLE), (99, WARM_UP), (None, DEVICE_FAULT), 10]
    found = filtered("median", 3, given)
    assert found[:4] == [(10, GOOD), (10, STUCK), (20, IMPLAUSIBLE), (99, WARM_UP)]
    assert found[4] == (None, DEVICE_FAULT)
    late = Filter(LEVEL, "mean", 2, 1000)
    late.read([reading(1000)], 0)
    assert late.read([reading(10)], 4000).value == 10
    warming = Filter(LEVEL, "rate", 2, 1000)
    assert warming.read([reading(50, WARM_UP)], 0)[1:2] == (0,)


# In a pole's life.


def judging(world_seed=1, checks=(), filters=()):
    """A pole whose underpass is checked and filtered, and watched by an alarm."""
    world = pole(world_seed)
    part = world.settings.lines[0].devices[0]
    part.checks, part.filters = list(checks), list(filters)
    world.boot("power-on")
    return world


def test_a_stuck_sensor_turns_blind_and_clears_when_it_moves():
    world = judging(checks=[["level", 0, None, None, None, 60000, None, None]])
    world.run(3 * MINUTE)
    walk, world.level.step = world.level.step, 0
    world.run(6 * MINUTE)
    assert column(world, "underpass", "level")[-1] == (world.level.value, STUCK)
    assert [part[3] for part in world.ingester.alarms] == [BLIND]
    world.level.step = walk
    world.run(9 * MINUTE)
    assert [part[3] for part in world.ingester.alarms] == [BLIND, CLEARED]
    assert column(world, "underpass", "level")[-1][1] == GOOD


def test_a_flood_that_is_implausibly_fast_raises_at_once():
    # 600 mm/h are far less than the step of 580 mm.
    world = judging(checks=[["level", 0, None, None, 36000, 0, None, None]])
    world.run(3 * MINUTE)
    world.level.jump(600)
    world.run(4 * MINUTE)
    assert [part[3] for part in world.ingester.alarms] == [RAISED]
    assert [part[1] for part in column(world, "underpass", "level")][-3:] == [IMPLAUSIBLE] * 3


def test_filtered_channels_are_columns_and_may_have_alarms():
    from agent.settings import AlarmRule

    world = pole()
    part = world.settings.lines[0].devices[0]
    part.filters = [["level", "median", 3], ["level", "rate", 6]]
    items = {"channel": "level_rate", "direction": 1, "limit": 6000, "clear": 6000, "for_ms": 0}
    part.alarms = [AlarmRule(items)]
    world.boot("power-on")
    world.run(3 * MINUTE)
    world.level.jump(400)
    world.run(6 * MINUTE)
    raw, median = column(world, "underpass", "level"), column(world, "underpass", "level_median")
    assert len(raw) == len(median) > 20 and raw != median
    assert [part[1:4] for part in world.ingester.alarms] == [
        ("underpass", "level_rate", RAISED),
        ("underpass", "level_rate", CLEARED),
    ]
    units = {row[1]: row[2] for body in world.ingester.schemas.values() for row in body[4]}
    assert (units["level_median"], units["level_rate"]) == ("m", "m/h")


def test_an_overdue_calibration_is_told_by_a_status_record():
    from agent import frame, frame_reader
    from agent.protocols import cose

    world = judging(checks=[["level", -3, None, None, None, 0, None, 1_790_000_120_000]])
    world.run(5 * MINUTE)
    told = []
    contents = world.ingester.contents
    for key in sorted(contents):
        got = frame_reader.decode(cose.parse1(contents[key]).payload)
        if got.kind == frame.STATUS:
            told.append((got.time_ms, got.body.get(10)))
    assert told[-1][1] == [["underpass", "level"]]
    assert 1_790_000_120_000 <= told[-1][0] < 1_790_000_125_000
    assert all(part is None for _, part in told[:-1])
