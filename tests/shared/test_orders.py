"""Orders at the whole agent: obeyed once, remembered over a restart, refusals reported."""

from agent import frame, frame_reader, obey, order_writer
from agent.errors import EXPIRED, FORGED, NOT_ALLOWED, REPLAYED
from agent.protocols import cose
from simulators.world.signer import DigestSigner, DigestVerifier
from tests.scenarios.pole import Pole

MINUTE = 60000
PLATFORM = DigestSigner(b"platform")


def pole():
    world = Pole(
        1,
        DigestSigner(b"device"),
        DigestVerifier([b"device"]),
        PLATFORM,
        DigestVerifier([b"platform"]),
        every_ms=10000,
        seal_ms=30000,
        beacon_ms=30000,
    )
    world.run(3 * MINUTE)
    return world


def order(world, count, body, kind=frame.COMMAND, signer=PLATFORM, lasts=10 * MINUTE):
    """Let an order arrive."""
    sealer = world.agent.sealer
    utc = world.now + sealer.utc_offset
    data = order_writer.encode(kind, sealer.signer.kid, utc, count, utc + lasts, body)
    world.agent.uplink._message(cose.sign1(data, signer), world.now)
    world.agent.step(world.now)


def mute(minutes):
    return {1: obey.MAINTENANCE, 2: minutes * MINUTE, 3: "cleaning"}


def test_a_command_is_obeyed_once_also_over_a_restart():
    world = pole()
    order(world, 1, mute(5))
    assert world.agent.maintenance.who == "platform" and world.agent.maintenance.why == "cleaning"
    order(world, 2, {1: obey.MAINTENANCE, 2: 0})
    assert world.agent.maintenance is None
    for _ in range(2):
        order(world, 1, mute(5))
        order(world, 2, mute(5))
        assert world.agent.maintenance is None
        assert world.agent.uplink.gate.refused == {REPLAYED: 2}
        world.boot("watchdog")
        world.run(world.now + MINUTE)
    order(world, 3, mute(5))
    assert world.agent.maintenance is not None


def acknowledge(world, utc, want=(), acked=0):
    """Let an acknowledgement arrive."""
    ack = frame.Acknowledgement(
        world.signer.kid, world.journal.epoch, {0: 0, 1: acked, 2: 0}, want, [], utc
    )
    data = cose.sign1(frame_reader.encode_acknowledgement(ack), PLATFORM)
    world.agent.uplink._message(data, world.now)


def test_an_acknowledgement_that_somebody_kept_releases_and_does_nothing_else():
    world = pole()
    world.set_network(False)
    world.run(world.now + 3 * MINUTE)
    uplink, sealer, lane = world.agent.uplink, world.agent.sealer, 1
    world.agent.step(world.now)
    utc = world.now + sealer.utc_offset
    held = world.journal.next_seq(lane) - 1
    before = world.journal.released(lane)
    assert held > before + 1
    uplink.backlog._next[lane] = held + 1
    acknowledge(world, utc, [(lane, held, held)])
    assert uplink.backlog._wanted == [(lane, held)] and uplink.time[1] == utc
    uplink.time, uplink.backlog._wanted = None, []
    acknowledge(world, utc - 1, [(lane, held, held)], before + 1)
    assert uplink.backlog._wanted == [] and uplink.time is None
    assert world.journal.released(lane) == before + 1


def test_what_cannot_be_done_is_refused_and_changes_nothing():
    world = pole()
    for count, body in enumerate(
        ({}, {1: 99}, {1: obey.MAINTENANCE, 2: "5"}, {1: obey.RELAY, 2: "a", 3: "b", 4: 1})
    ):
        order(world, 1 + count, body)
    order(world, 9, mute(5), kind=frame.SETTINGS)
    assert world.agent.maintenance is None
    assert world.agent.uplink.gate.refused == {NOT_ALLOWED: 5}
    order(world, 10, mute(5))
    world.run(world.now + MINUTE)
    why = "it cannot be done here"
    # Settings have a record of their own.
    assert outcomes(world) == [(1, why), (2, why), (3, why), (4, why), (10, "")]


def test_an_order_needs_the_time_and_a_storage():
    world = pole()
    offset, world.agent.sealer.utc_offset = world.agent.sealer.utc_offset, 0
    data = order_writer.encode(
        frame.COMMAND, world.signer.kid, 1, 1, offset + world.now + MINUTE, mute(5)
    )
    world.agent.sealer.utc_offset = None
    world.agent.uplink._message(cose.sign1(data, PLATFORM), world.now)
    assert world.agent.uplink.gate.refused == {EXPIRED: 1}
    world.agent.sealer.utc_offset = offset

    def full(value):
        raise OSError(28, "no space")

    world.agent.ports.state.put = full
    order(world, 1, mute(5))
    assert world.agent.maintenance is None
    assert world.agent.uplink.gate.refused[NOT_ALLOWED] == 1


def test_refusals_are_reported_within_the_hour():
    world = pole()
    order(world, 1, mute(5), signer=DigestSigner(b"thief"))
    world.run(world.now + 70 * MINUTE)
    told = [status[11] for status in statuses(world) if 11 in status]
    assert told == [[[FORGED, 1]]]


def outcomes(world):
    """(count, why not) of each command, as the platform has them, in their order."""
    found = []
    for key in sorted(world.ingester.contents):
        got = frame_reader.decode(cose.parse1(world.ingester.contents[key]).payload)
        if got.kind == frame.OUTCOME:
            assert got.body[2] == PLATFORM.kid
            found.append((got.body[1], got.body[3]))
    return found


def statuses(world):
    """The bodies of the status records that the platform has, in their order."""
    found = []
    for key in sorted(world.ingester.contents):
        got = frame_reader.decode(cose.parse1(world.ingester.contents[key]).payload)
        if got.kind == frame.STATUS:
            found.append(got.body)
    return found
