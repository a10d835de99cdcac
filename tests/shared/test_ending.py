"""An orderly end: what is delivered is acknowledged at once, and not sent again after a restart."""

from agent.reading import LANES
from simulators.world.signer import DigestSigner, DigestVerifier
from tests.scenarios.pole import Pole

MINUTE = 60000


def ending(confirms, ends):
    """A pole of half an hour, three seconds after it was asked to end; and whether it could."""
    world = Pole(
        3,
        DigestSigner(b"device"),
        DigestVerifier([b"device"]),
        DigestSigner(b"platform"),
        DigestVerifier([b"platform"]),
    )
    world.carrier.confirms = confirms
    world.run(30 * MINUTE + 5000)
    world.agent.stop_sampling()
    world.agent.uplink.ending = ends
    world.run(world.now + 3000)
    return world


def acknowledged(world):
    journal = world.journal
    return [lane for lane in LANES if journal.released(lane) == journal.next_seq(lane) - 1]


def test_an_end_asks_for_what_is_not_acknowledged():
    for confirms in (True, False):
        world = ending(confirms, True)
        assert acknowledged(world) == [0, 1, 2], confirms
        assert world.agent.delivered(), confirms


def test_otherwise_it_waits_for_its_beacon():
    assert acknowledged(ending(True, False)) != [0, 1, 2]


def test_the_end_of_a_backlog_is_asked_about():
    world = ending(True, False)
    world.agent.sampling = True
    world.set_network(False)
    world.run(world.now + 1230 * MINUTE)
    journal = world.journal
    waits = journal.next_seq(1) - 1 - journal.released(1)
    assert waits % 10 > 0, "the platform acknowledges each tenth without being asked"
    world.set_network(True)
    end = world.now + 4 * MINUTE
    while world.now < end and acknowledged(world) != [0, 1, 2]:
        world.run(world.now + 1000)
    assert acknowledged(world) == [0, 1, 2]
