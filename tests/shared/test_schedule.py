"""When what is read: slots, their phases, and overruns."""

from agent.schedule import groups
from tests.shared.bus_world import World, tilt, tilt_twin


def grouped(lines):
    """Groups of devices: lines is [[every_ms, ...], ...]."""
    members = []
    unit = 0
    for intervals in lines:
        world = World([], [])
        for every_ms in intervals:
            unit += 1
            members.append((world.bus, tilt(unit, every_ms)))
    made = groups(members, 60000)
    for group in made:
        group.start(123456)
    return made


def test_equal_intervals_share_their_instants_and_begin_at_once():
    made = grouped([[10000] * 3, [10000] * 2])
    assert len(made) == 1 and made[0].due == 123456
    # Too many columns for one schema: two groups, at the same time.
    made = grouped([[10000] * 20])
    assert len(made) == 2 and {group.due for group in made} == {123456}


def test_different_intervals_on_one_line_do_not_fall_due_together():
    made = grouped([[10000, 30000, 60000]])
    assert [group.phase for group in made] == [0, 3333, 6666]
    instants = set()
    for group in made:
        assert group.due == 123456 + group.phase < 123456 + group.every_ms
        slots = {group.due + number * group.every_ms for number in range(60000 // group.every_ms)}
        assert not instants & slots
        instants |= slots


def test_different_intervals_on_different_lines_need_no_phase():
    assert [group.phase for group in grouped([[10000, 10000], [60000]])] == [0, 0]


def test_an_overrun_skips_and_never_queues():
    """A line that cannot keep up: each slot begins with what is due then, nothing from before."""
    devices = [tilt(unit, 100) for unit in range(1, 9)]
    world = World([tilt_twin(unit) for unit in range(1, 9)], devices)
    (group,) = groups([(world.bus, device) for device in devices], 60000)
    group.start(world.now)
    end = world.now + 20000
    while world.now < end:
        group.open(world.now)
        world.run(min(end, group.due), lambda: world.results)
        for _, result in world.results:
            group.put(result.device, result.readings, result.raw)
        world.results = []
    # A reading takes 36 ms: three of eight fit into a slot, and what is under way at its end.
    assert 190 <= group.overruns <= 200 and len(group.rows) == group.overruns
    assert len(world.bus._jobs) <= len(devices)
    # Who was skipped goes first in the next slot: all are read about as often.
    counts = [world.heard.units().count(unit) for unit in range(1, 9)]
    assert sum(counts) > 500 and max(counts) - min(counts) <= 20, counts
    times = list(group.rows.times)
    assert {times[at + 1] - times[at] for at in range(len(times) - 1)} == {100}
