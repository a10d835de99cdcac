"""Frames that are asked for and are not held: each hole is told by a GAP frame, once, and none
waits behind another that finds no room.
"""

from agent.errors import JournalFull
from agent.reading import DIAGNOSTIC, TELEMETRY
from simulators.world.signer import DigestSigner, DigestVerifier
from tests.scenarios.pole import Pole

MINUTE = 60000


def pole():
    """A pole that has told who it is."""
    found = Pole(
        3,
        DigestSigner(b"device"),
        DigestVerifier([b"device"]),
        DigestSigner(b"platform"),
        DigestVerifier([b"platform"]),
    )
    found.run(5 * MINUTE)
    return found


def test_a_hole_that_finds_no_room_keeps_no_other_from_being_told():
    world = pole()
    append = world.journal.append

    def no_room(lane, seq, data, uptime):
        if lane == DIAGNOSTIC:
            raise JournalFull("no room for diagnostics")
        append(lane, seq, data, uptime)

    world.journal.append = no_room
    first = world.journal.next_seq(TELEMETRY) + 1000
    holes = world.agent.uplink.backlog.holes
    holes.append([DIAGNOSTIC, 900, 902])
    holes.append([TELEMETRY, first, first + 2])
    world.run(world.now + MINUTE)
    assert world.agent.uplink.backlog.holes == [[DIAGNOSTIC, 900, 902]]
    assert (TELEMETRY, first) in [gap[:2] for gap in world.ingester.gaps]


def test_a_hole_that_waits_is_noted_once():
    world = pole()
    uplink = world.agent.uplink
    seq = world.journal.next_seq(TELEMETRY)
    uplink.backlog.holes.append([TELEMETRY, seq, seq + 5])
    uplink.backlog.hole(TELEMETRY, seq + 2, world.now)
    assert uplink.backlog.holes == [[TELEMETRY, seq, seq + 5]]
