"""A drill marks the alarms of its channel, inside the signed bytes, and nothing else; it ends."""

from agent import drill, frame, frame_reader, maintenance
from agent.frame import BLIND, CLEARED, RAISED
from agent.late import brought
from agent.protocols import cose
from agent.reading import ALARM, UNSYNCED
from tests.shared.test_agent import MINUTE, pole


def told(world):
    """What came in the alarm lane: (state, test) of alarms, (on, outcome, latencies) of drills."""
    contents = world.ingester.contents
    found = []
    for key in sorted(contents):
        got = frame_reader.decode(cose.parse1(contents[key]).payload)
        if got.kind == frame.ALARM_FRAME:
            found.append((got.body[3], got.body.get(12)))
        elif got.kind == frame.DRILL:
            assert key[1] == ALARM
            found.append((got.body[1], got.body.get(6), got.body.get(7)))
    return found


def drilling(world, for_ms=10 * MINUTE):
    """Three minutes of peace, and a drill of the level."""
    world.run(3 * MINUTE)
    assert drill.begin(world.agent, world.now, "underpass", "level", for_ms, "Li Wei") == ""


def test_a_real_stimulus_goes_the_whole_way_and_is_marked():
    world = pole()
    drilling(world)
    world.level.jump(600)
    world.run(5 * MINUTE)
    assert told(world) == [(1, None, None), (RAISED, 1)]
    raised, sealed, acknowledged = world.agent.drill.result()
    assert raised == 0 and sealed == 0 and 200 < acknowledged < 5000
    world.level.jump(20)
    world.run(8 * MINUTE)
    assert told(world)[2:] == [(CLEARED, 1), (0, drill.PASSED, [0, 0, acknowledged])]
    assert world.agent.drill is None
    assert world.agent.drilled[("underpass", "level")][0] == drill.PASSED
    # What comes after it is the real thing.
    world.level.jump(600)
    world.run(10 * MINUTE)
    assert told(world)[4:] == [(RAISED, None)]


def test_what_is_still_active_at_its_end_is_told_unmarked():
    world = pole()
    drilling(world)
    world.level.jump(600)
    world.run(20 * MINUTE)
    assert told(world)[1] == (RAISED, 1)
    assert told(world)[2][:2] == (0, drill.PASSED)  # the way was proven all the same
    assert told(world)[3:] == [(RAISED, None)]


def test_without_a_stimulus_it_expires_and_without_a_network_nothing_passes():
    world = pole()
    drilling(world, 2 * MINUTE)
    world.run(8 * MINUTE)
    assert told(world) == [(1, None, None), (0, drill.EXPIRED, [None, None, None])]
    world.set_network(False)
    assert drill.begin(world.agent, world.now, "underpass", "level", 2 * MINUTE, "Li") == ""
    world.level.jump(600)
    world.run(world.now + 3 * MINUTE)
    assert world.agent.drilled[("underpass", "level")][:2] == (drill.EXPIRED, [0, 0, None])


def test_another_channel_in_the_drill_is_not_marked():
    world = pole()
    part = world.settings.lines[0].devices[1]
    from agent.settings import AlarmRule

    items = {"channel": "roll", "direction": 1, "limit": 50, "clear": 40, "for_ms": 0}
    part.alarms.append(AlarmRule(items))
    world.boot("restart")
    drilling(world)
    world.twins["rs485"][1].signals["roll"].jump(300)
    world.run(5 * MINUTE)
    assert told(world) == [(1, None, None), (RAISED, None)]


def test_blind_is_never_marked():
    world = pole()
    drilling(world)
    world.twins["rs485"][0].fault = "silent"
    world.run(8 * MINUTE)
    assert told(world) == [(1, None, None), (BLIND, None)]


def test_maintenance_mutes_no_drill():
    world = pole()
    world.run(2 * MINUTE)
    maintenance.begin(world.agent, world.now, 20 * MINUTE, "Li", "")
    drilling(world)
    world.level.jump(600)
    world.run(5 * MINUTE)
    assert told(world)[1] == (RAISED, 1)


def test_a_restart_ends_it_and_the_alarm_is_told_unmarked():
    world = pole()
    drilling(world)
    world.level.jump(600)
    world.run(5 * MINUTE)
    world.cut_power()
    assert world.agent.drill is None
    world.level.jump(20)
    world.run(8 * MINUTE)
    assert told(world)[-1] == (CLEARED, None)


def test_none_begins_where_it_would_hide_something():
    world = pole()
    drilling(world)
    begin, now = drill.begin, world.now
    assert begin(world.agent, now, "underpass", "level", MINUTE, "Li") == drill.BUSY
    assert begin(world.agent, now, "underpass", "distance", MINUTE, "Li") == drill.UNKNOWN
    drill.end(world.agent, now, drill.ENDED)
    assert drill.end(world.agent, now, drill.ENDED) is None
    world.level.jump(600)
    world.run(5 * MINUTE)
    assert begin(world.agent, world.now, "underpass", "level", MINUTE, "Li") == drill.ACTIVE
    assert told(world)[1] == (0, drill.ENDED, [None, None, None])
    world.level.jump(20)
    world.run(8 * MINUTE)
    assert begin(world.agent, world.now, "underpass", "level", 1 << 40, "x" * 90) == ""
    assert world.agent.drill.until == world.now + drill.LONGEST
    assert len(world.agent.drill.who) == drill.MAX_TEXT


def test_an_alarm_that_latches_clears_in_a_drill():
    world = pole()
    world.settings.lines[0].devices[0].alarms[0].latch = True
    drilling(world)
    world.level.jump(600)
    world.run(5 * MINUTE)
    world.level.jump(20)
    world.run(8 * MINUTE)
    assert told(world)[2] == (CLEARED, 1)


def test_a_persons_time_makes_way_for_any_source():
    world = pole()
    world.set_network(False)
    world.run(MINUTE)
    sealer = world.agent.sealer
    assert sealer.time_quality == UNSYNCED
    from agent.reading import HOLDOVER, SYNCED

    sealer.learn_time(world.now, 1000000000000, 60000, "phone", HOLDOVER)
    assert sealer.at(world.now) == (1000000000000, HOLDOVER)
    assert not sealer.learn_time(world.now, 1000000500000, 60000, "phone", HOLDOVER)
    assert sealer.learn_time(world.now, 1000000000700, 100, "platform")
    assert sealer.at(world.now) == (1000000000700, SYNCED)
    assert not sealer.learn_time(world.now, 1000000500000, 60000, "phone", HOLDOVER)


def test_an_acknowledgement_that_was_carried_releases_and_tells_no_time():
    world = pole()
    world.run(2 * MINUTE)
    kept = []
    real = world.ingester.receive
    world.ingester.receive = lambda now, data, ask: kept.extend(real(now, data, True)) or []
    world.run(20 * MINUTE)
    journal, uplink = world.journal, world.agent.uplink
    before, newest = journal.released(1), uplink.gate.newest
    offset = world.agent.sealer.utc_offset
    forged = kept[-1][:-1] + bytes([kept[-1][-1] ^ 1])
    assert not brought(uplink, forged, world.now)
    assert journal.released(1) == before and sum(uplink.gate.refused.values()) == 1
    assert brought(uplink, kept[-1], world.now) and brought(uplink, kept[-1], world.now)
    assert journal.released(1) > before
    assert uplink.gate.newest >= newest and uplink.time is None
    assert world.agent.sealer.utc_offset == offset and uplink.backlog._wanted == []
