"""Two platforms, city and district: each gets everything, and neither waits for the other."""

import gc

from agent import frame, obey, order_writer
from agent.protocols import cose
from agent.reading import LANES, TELEMETRY
from simulators.world.flash import SimFlash
from simulators.world.ingester import Ingester
from simulators.world.network import Network
from simulators.world.signer import DigestSigner, DigestVerifier
from tests.scenarios.pole import Pole

MINUTE = 60000
DEVICE, CITY, DISTRICT = b"device", b"city", b"district"


class TwoPlatforms(Pole):
    """A pole whose journal and agent know two destinations."""

    platforms = 2

    def boot(self, reason):
        if not hasattr(self, "district"):
            self.district = Ingester(DigestVerifier([DEVICE]), DigestSigner(DISTRICT))
            self.far = Network(self.dice, self._arrive_there, latency=(200, 600))
        super().boot(reason)

    def ports(self):
        ports = super().ports()
        ports.district = (self.far.carrier("pole"), DigestVerifier([DISTRICT]))
        return ports

    def _arrive_there(self, now, name, lane, data, ask):
        return self.district.receive(now, data, ask)


def pole(sectors=64):
    gc.collect()  # a flash is one large piece
    world = TwoPlatforms(
        5,
        DigestSigner(DEVICE),
        DigestVerifier([DEVICE]),
        DigestSigner(CITY),
        DigestVerifier([CITY]),
        every_ms=10000,
        seal_ms=30000,
        beacon_ms=60000,
    )
    if sectors != 64:
        world.flash = SimFlash(sectors)
        world.boot("power-on")
    return world


def finish(world):
    """Everything is sealed and delivered."""
    world.agent.stop_sampling()
    until = world.now + 40 * MINUTE
    while world.now < until and not world.agent.delivered():
        world.run(world.now + 1000)
    assert world.agent.delivered()


def settled(ingester, world):
    """(lane, seq) that the platform has, or was told to be gone."""
    found = [key[1:] for key in ingester.contents]
    for lane, first, last, _ in ingester.gaps:
        found.extend([(lane, seq) for seq in range(first, last + 1)])
    return set(found)


def everything(world):
    return {(lane, seq) for lane in LANES for seq in range(1, world.journal.next_seq(lane))}


def test_both_get_everything():
    world = pole()
    world.run(30 * MINUTE)
    finish(world)
    assert world.ingester.contents == world.district.contents
    assert len(world.ingester.contents) > 60
    for lane in LANES:
        assert world.journal.released(lane, 0) == world.journal.released(lane, 1)


def test_one_that_is_away_holds_nobody_up_and_loses_nothing():
    world = pole()
    world.run(5 * MINUTE)
    outage = world.far.outage(world.now)
    world.run(30 * MINUTE)
    held = world.journal.next_seq(TELEMETRY) - 1
    assert world.journal.released(TELEMETRY, 0) >= held - 2
    assert world.journal.released(TELEMETRY, 1) < held // 2
    # A restart keeps both cursors, but for the last few acknowledgements.
    world.cut_power()
    assert world.journal.released(TELEMETRY, 0) >= held - 20
    used = world.journal.used()[0]
    outage[1] = world.now
    world.run(world.now + 5 * MINUTE)
    finish(world)
    assert world.ingester.contents == world.district.contents
    assert not world.district.gaps
    # Frames are freed once both have them.
    assert world.journal.used()[0] < used


def test_what_was_given_up_is_told_to_the_one_that_lacks_it():
    world = pole(sectors=10)
    world.run(2 * MINUTE)
    outage = world.far.outage(world.now)
    world.run(200 * MINUTE)
    outage[1] = world.now
    finish(world)
    assert world.district.gaps
    assert settled(world.district, world) >= everything(world)
    assert len(world.ingester.contents) > len(world.district.contents)
    assert world.ingester.conflicts == world.district.conflicts == 0


def test_neither_obeys_for_the_other():
    world = pole()
    world.run(5 * MINUTE)
    before = world.journal.released(TELEMETRY, 1)
    outage = world.far.outage(world.now)
    world.run(world.now + 5 * MINUTE)
    # The city's word, on the district's way.
    acknowledgement = world.ingester._acknowledge(world.signer.kid, world.journal.epoch, world.now)
    outage[1] = world.now
    world.run(world.now + MINUTE // 30)
    world.far.downlink("pole", acknowledgement)
    refused = len([line for line in world.transcript if "refused" in line])
    world.run(world.now + 2 * MINUTE)
    assert len([line for line in world.transcript if "refused" in line]) == refused + 1
    assert world.journal.released(TELEMETRY, 1) > before


def test_the_district_orders_nothing():
    world = pole()
    world.run(5 * MINUTE)
    district = world.agent.uplinks[1]
    utc = world.now + world.agent.sealer.utc_offset
    body = {1: obey.MAINTENANCE, 2: MINUTE, 3: "cleaning"}
    kid = world.signer.kid
    order = order_writer.encode(frame.COMMAND, kid, utc, 1, utc + MINUTE, body)
    district._message(cose.sign1(order, DigestSigner(DISTRICT)), world.now)
    world.agent.step(world.now)
    assert world.agent.maintenance is None
    assert sum(district.gate.refused.values()) == 1
