"""When what is read: slots, their phases, and overruns."""

from agent.grouping import groups
from agent.reading import NO_REPLY
from agent.schedule import STANDSTILL
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


def overrun(every_ms, count=8, watched=False, span=20000):
    """A line that cannot keep up, for a while: (world, group)."""
    devices = [tilt(unit, every_ms) for unit in range(1, count + 1)]
    world = World([tilt_twin(unit) for unit in range(1, count + 1)], devices)
    (group,) = groups([(world.bus, device) for device in devices], 60000)
    group.watched = watched
    group.start(world.now)
    end = world.now + span
    while world.now < end:
        group.open(world.now)
        world.run(min(end, group.due), lambda: world.results)
        for _, result in world.results:
            group.put(result.device, result.readings, result.raw)
        world.results = []
    return world, group


def read(group):
    """How many read-outs of devices are in its rows."""
    roll = group.first.values()
    return sum([1 for row in group.rows.rows for at in roll if row[2][at] != NO_REPLY])


def test_an_overrun_skips_and_never_queues():
    """Each slot begins with what is due then, nothing from before; here one has an alarm."""
    world, group = overrun(100, watched=True)
    # A reading takes 36 ms: three of eight fit into a slot, and what is under way at its end.
    assert 190 <= group.overruns <= 200 and len(group.rows) == group.overruns
    assert len(world.bus.jobs) + len(world.bus._later) <= 8
    # What was not read in its slot is counted, and nothing else.
    assert world.bus.skipped == 8 * group.overruns - read(group) > 800
    # Who was skipped goes first in the next slot: all are read about as often.
    counts = [world.heard.units().count(unit) for unit in range(1, 9)]
    assert sum(counts) > 500 and max(counts) - min(counts) <= 20, counts
    times = [row[0] for row in group.rows.rows]
    assert {times[at + 1] - times[at] for at in range(len(times) - 1)} == {100}


def test_a_slot_goes_on_until_its_row_is_whole():
    world, group = overrun(100)
    assert read(group) == 8 * len(group.rows) > 500
    times = [row[0] for row in group.rows.rows]
    assert {times[at + 1] - times[at] for at in range(len(times) - 1)} <= {200, 300}
    slots = (times[-1] - times[0]) // 100 + 1
    assert world.bus.skipped == 8 * slots - read(group)


def test_what_a_line_brings_does_not_fall_with_what_is_asked_of_it():
    """From a little more than it can carry to fifty times as much; 256 and 480 ms for all."""
    for count in (8, 15):
        offered = (11, 15, 20, 50, 100, 500)  # tenths of what it can carry
        came = [read(overrun(320 * count // tenths, count)[1]) for tenths in offered]
        assert min(came) * 100 >= max(came) * 97 > 58000, came


class Bus:
    """Answers only what the test says it has answered."""

    def __init__(self):
        self.asked = []
        self.skipped = 0

    def request(self, device, now):
        self.asked.append(device.name)


def slots(every_ms=100):
    bus = Bus()
    devices = [tilt(unit, every_ms) for unit in (1, 2)]
    (group,) = groups([(bus, device) for device in devices], 60000)
    group.start(1000)
    return bus, devices, group


def test_a_slot_that_nobody_answered_gives_way_to_the_next():
    bus, devices, group = slots()
    for now in range(1000, 1500, 100):
        group.open(now)
    assert group.overruns == 4 and not len(group.rows)
    for device in devices:
        group.put(device, [], [])
    assert [row[0] for row in group.rows.rows] == [1400] and len(bus.asked) == 2
    group.open(1500)
    assert group.busy() and group.overruns == 4 and bus.skipped == 2 * 4


def test_a_slot_with_an_answer_goes_on_and_is_closed_as_it_is():
    bus, devices, group = slots()
    group.open(1000)
    group.put(devices[1], [], [])
    for now in range(1100, 1500, 100):
        group.open(now)
        assert group.busy() and not len(group.rows)
    group.open(1500)
    assert [row[0] for row in group.rows.rows] == [1000] and group.overruns == 1
    assert bus.skipped == 1 + 2 * 4
    # Who has answered asks for its next turn first; the other waits in its line already.
    assert bus.asked[2:] == [devices[1].name, devices[0].name]
    group.put(devices[0], [], [])
    group.open(1650)
    assert group.busy() and group.due == 2000
    group.put(devices[1], [], [])
    # Its row is whole, and the slot that fell due last is open at once.
    assert [row[0] for row in group.rows.rows] == [1000, 1500] and group.due == 1600
    group.open(1730)
    assert group.busy() and group.due == 1800
    assert len(bus.asked) == 6 and bus.skipped == 1 + 2 * 4


def test_a_slot_that_would_keep_an_alarm_or_a_line_waiting_is_closed_as_it_is():
    bus, devices, group = slots()
    group.watched = True
    group.open(1000)
    group.put(devices[1], [], [])
    group.open(1100)
    assert (
        [row[0] for row in group.rows.rows] == [1000] and group.overruns == 1 and bus.skipped == 1
    )
    bus, devices, group = slots()
    group.members[0] = (Bus(), devices[0])
    group.open(1000)
    group.put(devices[1], [], [])
    group.open(1100)
    assert [row[0] for row in group.rows.rows] == [1000]


def test_a_long_silence_is_a_row_that_says_so():
    _, _, group = slots()
    for now in range(1000, 1000 + STANDSTILL + 200, 100):
        group.open(now)
    assert [row[0] for row in group.rows.rows] == [1000 + STANDSTILL - 100]


def test_slots_that_a_standstill_swallowed_are_skipped():
    bus, devices, group = slots()

    def answer():
        for device in devices:
            group.put(device, [], [])

    group.open(1000)
    answer()
    group.open(1100)
    group.open(1550)
    answer()
    # That of 1100 was still open, those of 1200 to 1400 are gone.
    assert bus.skipped == 2 + 2 * 3
    group.keep = 2
    group.watched = False
    group.open(2050)
    answer()
    # Of the four slots from 1600 on, two were to be kept.
    assert bus.skipped == 2 + 2 * 3 + 2 * 2
