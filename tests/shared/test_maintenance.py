"""Maintenance mutes what is told, never what is recorded; it ends by itself, and leaves a trace."""

from agent import frame, frame_reader, maintenance
from agent.frame import BLIND, CLEARED, MUTED, RAISED
from agent.protocols import cose
from agent.reading import ALARM, DEVICE_FAULT, GOOD, NO_REPLY, Reading
from tests.shared.test_agent import MINUTE, column, pole


def told(world):
    """What came in the alarm lane: (state, state beneath) of alarms, (on, who, why, ms) of
    maintenance."""
    contents = world.ingester.contents
    found = []
    for key in sorted(contents):
        got = frame_reader.decode(cose.parse1(contents[key]).payload)
        if got.kind == frame.ALARM_FRAME:
            found.append((got.body[3], got.body.get(10)))
        elif got.kind == frame.MAINTENANCE:
            assert key[1] == ALARM
            found.append((got.body[1], got.body[2], got.body[3], got.body[4]))
    return found


def test_an_alarm_in_maintenance_is_recorded_and_muted():
    world = pole()
    world.run(3 * MINUTE)
    maintenance.begin(world.agent, world.now, 10 * MINUTE, "Li Wei", "cleaning the sensor")
    world.run(4 * MINUTE)
    world.level.jump(600)
    world.run(6 * MINUTE)
    assert told(world) == [(1, "Li Wei", "cleaning the sensor", 10 * MINUTE), (MUTED, RAISED)]
    value, quality = column(world, "underpass", "level")[-1]
    assert value > 550 and quality == GOOD
    # It is still high when the time is over: then it is told.
    world.run(15 * MINUTE)
    assert told(world)[2:] == [(0, "Li Wei", "expired", 0), (RAISED, None)]
    assert world.agent.maintenance is None


def test_what_clears_meanwhile_is_told_as_cleared():
    world = pole()
    world.run(3 * MINUTE)
    world.level.jump(600)
    world.run(4 * MINUTE)
    maintenance.begin(world.agent, world.now, 10 * MINUTE, "Li", "")
    world.run(5 * MINUTE)
    world.level.jump(20)
    world.run(6 * MINUTE)
    maintenance.end(world.agent, world.now, "done")
    maintenance.end(world.agent, world.now, "twice")
    world.run(8 * MINUTE)
    assert told(world) == [
        (RAISED, None),
        (1, "Li", "", 10 * MINUTE),
        (MUTED, RAISED),
        (CLEARED, None),
        (0, "Li", "done", 8 * MINUTE),
    ]


def test_blind_and_raised_is_told_as_the_graver_of_both():
    world = pole()
    world.run(3 * MINUTE)
    world.level.jump(600)
    world.run(4 * MINUTE)
    world.twins["rs485"][0].fault = "silent"
    maintenance.begin(world.agent, world.now, 5 * MINUTE, "Li", "")
    world.run(12 * MINUTE)
    assert [part for part in told(world) if len(part) == 2] == [
        (RAISED, None),
        (MUTED, RAISED),
        (MUTED, RAISED),
        (BLIND, RAISED),
    ]


def test_a_restart_neither_ends_nor_prolongs_it():
    world = pole()
    world.run(3 * MINUTE)
    maintenance.begin(world.agent, world.now, 10 * MINUTE, "Li", "new cable")
    world.run(5 * MINUTE)
    world.cut_power()
    world.run(6 * MINUTE)
    now = world.agent.maintenance
    assert (now.who, now.why) == ("Li", "new cable")
    # Ten minutes from minute 3, less one for the restart, and less what was not kept; the three
    # seconds without power do not count.
    assert 11 * MINUTE <= now.until <= 13 * MINUTE + 3000
    for _ in range(12):
        world.cut_power()
        world.run(world.now + 1000)
    world.run(world.now + 2 * MINUTE)
    assert world.agent.maintenance is None
    ends = [part[2] for part in told(world) if len(part) == 4 and not part[0]]
    assert ends == ["expired"]


def test_nobody_mutes_for_longer_than_a_day_nor_with_endless_texts():
    world = pole()
    world.run(MINUTE)
    maintenance.begin(world.agent, world.now, 1 << 40, "x" * 900, "y" * 900)
    assert world.agent.maintenance.until == world.now + maintenance.LONGEST
    world.run(2 * MINUTE)
    assert told(world) == [(1, "x" * 48, "y" * 48, maintenance.LONGEST)]


def test_an_alarm_that_latches_waits_for_somebody():
    world = pole()
    world.settings.lines[0].devices[0].alarms[0].latch = True
    world.boot("power-on")
    world.run(3 * MINUTE)
    world.level.jump(600)
    world.run(4 * MINUTE)
    world.level.jump(20)
    world.run(6 * MINUTE)
    assert told(world) == [(RAISED, None)]
    world.cut_power()
    world.run(8 * MINUTE)
    assert told(world) == [(RAISED, None)]
    maintenance.begin(world.agent, world.now, 10 * MINUTE, "Li Wei", "has looked")
    world.run(9 * MINUTE)
    assert told(world)[1:] == [
        (1, "Li Wei", "has looked", 10 * MINUTE),
        (MUTED, RAISED),
        (CLEARED, None),
    ]
    contents = world.ingester.contents
    newest = frame_reader.decode(
        cose.parse1(contents[max(k for k in contents if not k[1])]).payload
    )
    assert newest.body[11] == "Li Wei"


def turned(world, switch, value, quality=GOOD):
    readings = [Reading("other", 1, 0, "/", GOOD), Reading("key", value, 0, "/", quality)]
    switch.judge(world.agent, "lamp", readings, world.now)
    switch.judge(world.agent, "cabinet", readings, world.now)
    return world.agent.maintenance is not None


def test_a_key_switch_begins_and_ends_it():
    world = pole()
    world.run(MINUTE)
    switch = maintenance.Switch("cabinet", "key", 2 * MINUTE)
    assert not turned(world, switch, 1), "it was on when the agent started"
    assert not turned(world, switch, 0)
    assert turned(world, switch, 1) and turned(world, switch, 1)
    assert turned(world, switch, None, NO_REPLY) and turned(world, switch, None, DEVICE_FAULT)
    assert not turned(world, switch, 0)
    # Left on, it ends by itself and does not begin again.
    assert turned(world, switch, 1)
    world.run(4 * MINUTE)
    assert not turned(world, switch, 1)
    world.run(5 * MINUTE)
    assert told(world) == [
        (1, "switch", "cabinet/key", 2 * MINUTE),
        (0, "switch", "switched back", 2 * MINUTE),
        (1, "switch", "cabinet/key", 2 * MINUTE),
        (0, "switch", "expired", 0),
    ]
    # What somebody else began it does not end.
    maintenance.begin(world.agent, world.now, MINUTE, "Li", "")
    assert turned(world, switch, 0)


def test_the_settings_switch_is_watched():
    world = pole()
    world.settings.switch = ["cover", "roll", MINUTE]
    world.twins["rs485"][1].signals["roll"].step = 0
    world.twins["rs485"][1].signals["roll"].jump(0)
    world.boot("power-on")
    world.run(MINUTE)
    assert world.agent.maintenance is None
    world.twins["rs485"][1].signals["roll"].jump(1)
    world.run(MINUTE + 15000)
    assert world.agent.maintenance is not None
