"""The agent on simulated time: bad input never brings it down, and nothing is lost silently."""

from agent import frame, frame_reader
from agent.beginning import last_row
from agent.errors import FOREIGN, FORGED
from agent.protocols import cose
from agent.reading import GOOD, NO_REPLY, OUT_OF_RANGE, WARM_UP
from simulators.world.signer import DigestSigner, DigestVerifier
from tests.scenarios.pole import Pole

MINUTE = 60000


def pole(seed=1, **settings):
    device, platform = b"device", b"platform"
    items = {"every_ms": 10000, "seal_ms": 30000, "beacon_ms": 30000}
    items.update(settings)
    return Pole(
        seed,
        DigestSigner(device),
        DigestVerifier([device]),
        DigestSigner(platform),
        DigestVerifier([platform]),
        **items,
    )


def column(world, device, channel):
    """[(value, quality)] of a channel, as the ingester has it."""
    found = []
    for row in world.ingester.rows:
        body = world.ingester.schemas[row[3]]
        for index in range(len(body[4])):
            if body[3][body[4][index][0]][0] == device and body[4][index][1] == channel:
                found.append((row[4][index], row[5][index]))
    return found


def logged(world, word):
    return [line for line in world.transcript if word in line]


def test_a_healthy_hour_arrives_whole():
    world = pole()
    for line in world.lines.values():
        line.loss = 0
    world.run(60 * MINUTE)
    levels = column(world, "underpass", "level")
    assert len(levels) >= 350
    # The first seconds after power-on are warm-up; then every reading is good.
    assert levels[0][1] in (GOOD, WARM_UP) and all(part[1] == GOOD for part in levels[3:])
    dust = column(world, "air", "pm25")
    assert dust[0][1] == WARM_UP and dust[-1][1] == GOOD


def test_a_dead_sensor_costs_the_others_nothing():
    world = pole()
    world.twins["rs485"][0].fault = "silent"
    world.run(30 * MINUTE)
    assert {quality for _, quality in column(world, "underpass", "level")} == {NO_REPLY}
    tilt = column(world, "cover", "roll")
    assert len(tilt) >= 170 and all(part[1] in (GOOD, WARM_UP) for part in tilt)
    assert [alarm[3] for alarm in world.ingester.alarms] == [frame.BLIND]
    world.twins["rs485"][0].fault = ""
    world.run(40 * MINUTE)
    assert column(world, "underpass", "level")[-1][1] == GOOD
    assert [alarm[3] for alarm in world.ingester.alarms] == [frame.BLIND, frame.CLEARED]


def test_garbage_and_wrong_units_give_no_value():
    for fault in ("garbage", "foreign", "refuses"):
        world = pole()
        world.twins["rs485"][0].fault = fault
        world.run(10 * MINUTE)
        assert {part[0] for part in column(world, "underpass", "level")} == {None}, fault
        assert column(world, "cover", "roll")[-1][1] == GOOD, fault


def test_a_late_reply_is_never_taken_for_another():
    world = pole()
    twin = world.twins["rs485"][0]
    twin.turnaround_ms = 900
    world.run(10 * MINUTE)
    for channel in ("level", "distance", "temperature"):
        taken = {part[0] for part in column(world, "underpass", channel)}
        assert None in taken and taken - {None} <= measured(world, channel), channel
    assert all(part[1] in (GOOD, WARM_UP) for part in column(world, "cover", "roll"))


def measured(world, channel):
    """Every value of it that the underpass's twin has measured."""
    return {part[3] for made in world.made for part in made if part[:2] == ("underpass", channel)}


def test_noise_on_the_line_never_becomes_a_value():
    world = pole(4)
    for line in world.lines.values():
        line.loss = 300
    world.run(60 * MINUTE)
    made = set()
    for part in world.made:
        for device, channel, _, value in part:
            if (device, channel) == ("underpass", "level"):
                made.add(value)
    taken = [part[0] for part in column(world, "underpass", "level") if part[0] is not None]
    assert len(taken) > 100 and set(taken) <= made


def test_an_unplugged_line_comes_back():
    world = pole()
    world.run(5 * MINUTE)
    world.lines["rs485"].unplugged = True
    world.run(10 * MINUTE)
    assert column(world, "cover", "roll")[-1][1] == NO_REPLY
    assert column(world, "air", "pm25")[-1][1] == GOOD
    world.lines["rs485"].unplugged = False
    world.run(16 * MINUTE)
    assert column(world, "cover", "roll")[-1][1] == GOOD


def test_a_raised_alarm_survives_a_power_cut_and_clears_on_good_readings():
    world = pole()
    world.run(5 * MINUTE)
    world.level.jump(600)
    world.run(6 * MINUTE)
    world.cut_power()
    world.run(10 * MINUTE)
    assert [alarm[3] for alarm in world.ingester.alarms] == [frame.RAISED]
    world.level.jump(10)
    world.run(12 * MINUTE)
    assert [alarm[3] for alarm in world.ingester.alarms] == [frame.RAISED, frame.CLEARED]


def test_a_level_beyond_the_sensors_range_still_raises():
    world = pole()
    world.run(3 * MINUTE)
    world.level.high = 3200
    world.level.jump(3100)  # 100 mm under the sensor: nearer than it can measure
    world.run(5 * MINUTE)
    assert column(world, "underpass", "level")[-1][1] == OUT_OF_RANGE
    assert world.ingester.alarms[-1][3] == frame.RAISED


def downlink(world, signer, **changes):
    journal = world.journal
    items = {
        "device": world.signer.kid,
        "epoch": journal.epoch,
        "acked": {lane: journal.next_seq(lane) - 1 for lane in (0, 1, 2)},
    }
    items.update(changes)
    ack = frame.Acknowledgement(items["device"], items["epoch"], items["acked"], [], [], 1)
    return cose.sign1(frame_reader.encode_acknowledgement(ack), signer)


def test_a_rotated_key_leaves_nothing_behind():
    """What the former key signed is acknowledged under its id, and nothing pauses meanwhile."""
    world = pole()
    world.run(3 * MINUTE)
    world.set_network(False)
    world.run(6 * MINUTE)
    waiting = world.journal.next_seq(1)
    former = world.agent.sealer.signer.kid
    world.agent.sealer.use(DigestSigner(b"next"))
    world.run(9 * MINUTE)
    assert world.journal.next_seq(1) > waiting
    assert world.agent.sealer.signer.kid != former
    platform = DigestSigner(b"platform")
    for device in (former, world.agent.sealer.signer.kid):
        world.agent.uplink._message(downlink(world, platform, device=device), world.now)
    assert FOREIGN not in world.agent.uplink.gate.refused
    assert world.journal.released(1) == world.journal.next_seq(1) - 1


def test_forged_foreign_stale_and_truncated_downlinks_change_nothing():
    world = pole()
    world.run(3 * MINUTE)
    world.set_network(False)
    world.run(6 * MINUTE)
    before = [world.journal.released(lane) for lane in (0, 1, 2)]
    uplink = world.agent.uplink
    platform = DigestSigner(b"platform")
    good = downlink(world, platform)
    for data in (
        downlink(world, DigestSigner(b"thief")),
        downlink(world, platform, device=bytes(8)),
        downlink(world, platform, epoch=1),
        downlink(world, platform, acked={1: 1 << 30}),
        good[:-1],
        good[:40],
        b"",
        b"\xff" * 200,
    ):
        uplink._message(data, world.now)
        assert [world.journal.released(lane) for lane in (0, 1, 2)] == before
    assert uplink.gate.refused == {FORGED: 5, FOREIGN: 1} and uplink.stale == 2
    uplink._message(good, world.now)
    assert [world.journal.released(lane) for lane in (0, 1, 2)] != before


def test_a_storage_that_fails_is_said_and_the_alarm_kept_until_it_works():
    world = pole()
    world.run(3 * MINUTE)
    for sector in range(world.flash.sectors):
        world.flash.worn[sector] = "error"
    world.level.jump(700)
    world.run(5 * MINUTE)
    assert logged(world, "storage not stored")
    assert world.ingester.alarms == []
    world.flash.worn.clear()
    world.boot("watchdog")
    world.run(8 * MINUTE)
    assert world.ingester.alarms[-1][3] == frame.RAISED


def test_a_driver_with_a_bug_takes_nobody_along():
    world = pole()
    cover = world.agent.groups[0].members[1][1]
    assert cover.name == "cover"

    def broken():
        raise ValueError("a bug")
        yield

    cover.driver.read = broken
    world.run(5 * MINUTE)
    assert logged(world, "bug driver witmotion-tilt")
    assert column(world, "underpass", "level")[-1][1] == GOOD
    assert column(world, "cover", "roll")[-1][1] == NO_REPLY


def test_frames_of_unproven_drivers_carry_raw_replies_and_stay_within_a_datagram():
    from agent.frame import RowBuffer

    buffer = RowBuffer(b"abcd", 32)
    row = 0
    while not buffer.full():
        values = [((row * 7919 + at) % 65536) << 8 for at in range(32)]
        buffer.add(row * 10000, values, [0] * 32, [(0, b"\x03\x02\x00\x05")])
        row += 1
    sealer_fields = buffer.fields(len(buffer))
    assert len(sealer_fields[frame.RAW]) == row
    payload = frame.payload(1, 1, 1, 1, 0, 0, sealer_fields)
    assert len(payload) + frame.ENVELOPE <= frame.MAX_FRAME
    got = frame_reader.decode(payload)
    assert got.columns[5] == [((at * 7919 + 5) % 65536) << 8 for at in range(row)]


def test_rows_round_trip_with_every_quality():
    from agent.frame import RowBuffer

    buffer = RowBuffer(b"abcd", 3)
    rows = (
        (1000, [5, None, -7], [0, 10, 0]),
        (3000, [None, None, 1 << 40], [9, 10, 2]),
        (5001, [6, 8, -(1 << 40)], [1, 0, 3]),
    )
    for time, values, qualities in rows:
        buffer.add(time, values, qualities)
    got = frame_reader.decode(frame.payload(9, 1, 4, 2, 1000, 0, buffer.fields(3)))
    assert got.times == [1000, 3000, 5001] and (got.epoch, got.seq, got.boot) == (9, 4, 2)
    for index in range(3):
        assert [column[index] for column in got.columns] == rows[index][1]
        assert [column[index] for column in got.qualities] == rows[index][2]
    assert last_row(frame.payload(9, 1, 4, 2, 1000, 0, buffer.fields(3))) == (5001, 0)
    buffer.drop(1)
    assert [row[0] for row in buffer.rows] == [3000, 5001]
    got = frame_reader.decode(frame.payload(9, 1, 4, 2, 3000, 0, buffer.fields(2)))
    for index in range(2):
        assert [column[index] for column in got.columns] == rows[index + 1][1]
        assert [column[index] for column in got.qualities] == rows[index + 1][2]
