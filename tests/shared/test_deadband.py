"""Report by exception: nothing that matters is left out, and a heartbeat tells how old it is."""

from agent import frame, frame_reader
from agent.deadband import Exceptions
from agent.frame import RAISED
from agent.protocols import cose
from agent.reading import GOOD, NO_REPLY, TELEMETRY, UNSYNCED
from tests.shared.test_agent import MINUTE, column, pole


def kept(exceptions, rows):
    """Which slots, 1 s apart, are kept; rows: (values, qualities)."""
    return [at for at in range(len(rows)) if exceptions.keep(at * 1000, rows[at][0], rows[at][1])]


def test_a_row_is_kept_when_it_moved_by_more_than_a_deadband_since_the_last_kept_one():
    good = [GOOD, GOOD]
    rows = [([at, 0], good) for at in (100, 105, 106, 106, 101, 100, 95)]
    # It creeps: 106 is 6 from 100, and 100 is 6 from 106.
    assert kept(Exceptions([5, 0], 60000), rows) == [0, 2, 5]
    rows = [([100, at], good) for at in (0, 0, 1, 1, 0)]
    assert kept(Exceptions([5, 0], 60000), rows) == [0, 2, 4]


def test_every_change_of_quality_is_kept_and_the_heartbeat():
    lost = ([None], [NO_REPLY])
    fine = ([7], [GOOD])
    assert kept(Exceptions([100], 60000), [fine, fine, lost, lost, fine]) == [0, 2, 4]
    assert kept(Exceptions([100], 3000), [fine] * 8) == [0, 3, 6]
    assert kept(Exceptions([100], 3000), [lost] * 8) == [0, 3, 6]


def reporting(heartbeat_ms=5 * MINUTE, **settings):
    """A pole whose underpass reports by exception, in its own group."""
    world = pole(**settings)
    part = world.settings.lines[0].devices[0]
    part.heartbeat_ms = heartbeat_ms
    part.deadbands = [["level", 20], ["distance", 20], ["temperature", 20]]
    world.boot("power-on")
    return world


def holdings(world):
    """The body of a beacon now."""
    data = world.agent.sealer.beacon(1000, world.now)
    return frame_reader.decode(cose.parse1(data).payload).body


def test_a_quiet_hour_costs_little_and_every_move_arrives():
    world = reporting()
    for line in world.lines.values():
        line.loss = 0
    world.level.step = 1
    world.run(60 * MINUTE)
    sent = {}
    for _, time, quality, identity, values, _ in world.ingester.rows:
        if 5 in world.ingester.schemas[identity]:
            uptime = time if quality == UNSYNCED else time - world.ingester.utc_offset
            sent[(uptime + 5000) // 10000] = values[0]
    assert 12 <= len(sent) < 80 < 300 < len(column(world, "cover", "roll"))
    # What was not sent was never more than the deadband away from what was.
    last, told = None, 0
    for batch in world.made:
        for device, channel, at, value in batch:
            if (device, channel) == ("underpass", "distance"):
                if at // 10000 in sent:
                    last = sent[at // 10000]
                    assert last == 3200 - value
                    told += 1
                elif last is not None and at // 10000 <= max(sent):
                    assert abs(3200 - value - last) <= 20
    assert told == len(sent)


def test_an_alarm_is_judged_at_every_reading_all_the_same():
    world = reporting(heartbeat_ms=60 * MINUTE)
    part = world.settings.lines[0].devices[0]
    part.deadbands = [["level", 9999], ["distance", 9999], ["temperature", 9999]]
    world.boot("power-on")
    world.run(3 * MINUTE)
    world.level.jump(320)
    world.run(4 * MINUTE)
    assert [found[3] for found in world.ingester.alarms] == [RAISED]


def test_the_holdings_carry_the_age_of_the_last_look():
    world = reporting(heartbeat_ms=60 * MINUTE)
    for line in world.lines.values():
        line.loss = 0
    world.level.step = 0
    world.run(10 * MINUTE + 5000)
    group = next(each for each in world.agent.groups if each.heartbeat_ms)
    (identity, age) = holdings(world)[3][0]
    assert identity == group.schema_id and 4000 <= age <= 10000
    assert world.ingester.schemas[identity][5] == 60 * MINUTE
    # A sensor that nobody asks grows old: the age tells it.
    world.agent.stop_sampling()
    world.run(13 * MINUTE)
    assert holdings(world)[3][0][1] >= 170000


def test_rows_that_are_not_sealed_yet_are_no_unchanged_ones():
    world = reporting(seal_ms=4 * MINUTE)
    world.run(10 * MINUTE)
    world.level.jump(200)
    world.run(10 * MINUTE + 15000)
    group = next(each for each in world.agent.groups if each.heartbeat_ms)
    assert len(group.rows) and 3 not in holdings(world)


def test_a_schema_and_holdings_of_another_shape_are_refused():
    from agent.errors import BadFrame

    def refused(kind, body):
        fields = {frame.KIND: kind, frame.BODY: body}
        try:
            frame_reader.decode(frame.payload(1, TELEMETRY, 1, 1, 0, 0, fields))
        except BadFrame:
            return True
        return False

    schema = {1: 1, 2: 1, 3: [], 4: []}
    assert not refused(frame.SCHEMA_FRAME, schema)
    schema[5] = "soon"
    assert refused(frame.SCHEMA_FRAME, schema)
    for ages in (7, [7], [[b"abcd"]], [["abcd", 5]], [[b"abcd", -5]]):
        assert refused(frame.HOLDINGS, {1: [], 2: 1, 3: ages}), ages
    assert not refused(frame.HOLDINGS, {1: [], 2: 1, 3: [[b"abcd", 5]]})
