"""Whatever a sensor says, in whatever order, and whenever the power goes: an alarm fails safe."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.alarms import Alarm
from agent.frame import BLIND, CLEARED, RAISED
from agent.reading import (
    GOOD,
    IMPLAUSIBLE,
    OUT_OF_RANGE,
    QUALITY_NAMES,
    STUCK,
    WARM_UP,
    Channel,
    Reading,
    has_value,
)
from agent.settings import AlarmRule

LIMIT, CLEAR = 300, 250
BLIND_MS, WARM_UP_MS = 4000, 6000
DANGEROUS = (GOOD, OUT_OF_RANGE, STUCK, IMPLAUSIBLE)
LEVEL = Channel("level", "m", -3, None, None)

values = st.sampled_from([-9999, 0, CLEAR - 1, CLEAR, CLEAR + 1, LIMIT, LIMIT + 1, 9999])
readings = st.builds(
    lambda value, quality: (value if has_value(quality) else None, quality),
    values, st.sampled_from([GOOD] * len(QUALITY_NAMES) + sorted(QUALITY_NAMES)),
)  # fmt: skip
# (ms since the last step, a reading or None where only time passes, whether the power goes before)
steps = st.lists(
    st.tuples(st.sampled_from([0, 500, 1000, 5000]), st.none() | readings, st.booleans()),
    max_size=60,
)
rules = st.fixed_dictionaries({
    "for_ms": st.sampled_from([0, 2000]), "clear_ms": st.sampled_from([0, 2000]),
    "direction": st.sampled_from([1, -1]), "latch": st.booleans(),
})  # fmt: skip


def made(rule: dict[str, Any]) -> Alarm:
    sign = rule["direction"]
    items = {**rule, "channel": "level", "limit": sign * LIMIT, "clear": sign * CLEAR}
    return Alarm("x", LEVEL, AlarmRule({**items, "blind_ms": BLIND_MS}), 1000, WARM_UP_MS)


@settings(max_examples=300, deadline=None)
@given(rules, steps)
def test_danger_is_kept_until_it_is_read_to_be_over(rule: dict[str, Any], life: Any) -> None:
    alarm, now, told = made(rule), 0, CLEARED
    sign = rule["direction"]
    for wait, reading, cut in life:
        now += wait
        before = alarm.raised
        if cut:
            again = made(rule)
            if alarm.state != CLEARED:
                again.restore(alarm.state, int(alarm.raised), now)
            alarm = again
        if reading is None:
            state = alarm.tick(now)
        else:
            value, quality = reading[0] if reading[0] is None else sign * reading[0], reading[1]
            state = alarm.judge(Reading("level", value, -3, "m", quality), now)
            beyond = value is not None and value * sign > LIMIT and quality in DANGEROUS
            if beyond and not rule["for_ms"]:
                assert alarm.raised
            assert quality != GOOD or alarm.state != BLIND, "it was read"
            if before and not alarm.raised:
                assert quality == GOOD and value * sign <= CLEAR
                assert not rule["latch"] and state == CLEARED
        if reading is None:
            assert alarm.raised == before
        told = told if state is None else state
        # What was told last is what it is, and what is raised is never told as cleared.
        assert told == alarm.state
        assert not alarm.raised or told in (RAISED, BLIND)


@settings(max_examples=200, deadline=None)
@given(rules, steps, st.lists(readings, min_size=1, max_size=30))
def test_unusable_for_too_long_is_blind(rule: dict[str, Any], life: Any, bad: Any) -> None:
    alarm, now = made(rule), 0
    sign = rule["direction"]
    for wait, reading, _ in life:
        now += wait
        if reading is not None:
            value = None if reading[0] is None else sign * reading[0]
            alarm.judge(Reading("level", value, -3, "m", reading[1]), now)
    # From here on nothing that could be used.
    useless = [part for part in bad if part[1] not in (GOOD, OUT_OF_RANGE, IMPLAUSIBLE)]
    end = now + 500 + BLIND_MS + WARM_UP_MS  # it counts from the first look
    while now < end:
        now += 500
        part = useless[now // 500 % len(useless)] if useless else (None, 10)
        value = None if part[0] is None else sign * part[0]
        alarm.judge(Reading("level", value, -3, "m", part[1]), now)
    alarm.tick(now)  # as in every step of the agent
    assert alarm.state == BLIND


@settings(max_examples=100, deadline=None)
@given(st.integers(0, BLIND_MS + WARM_UP_MS - 1))
def test_a_warm_up_within_its_time_is_not_blind(length: int) -> None:
    alarm = made({"for_ms": 0, "clear_ms": 0, "direction": 1, "latch": False})
    for now in range(0, length, 500):
        assert alarm.judge(Reading("level", 0, -3, "m", WARM_UP), now) is None
