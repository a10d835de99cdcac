"""What the fault plan found: old times that come again, and gaps whose begin a restart forgot."""

import gc

from agent import frame
from agent.buffer.journal import Journal
from agent.errors import JournalFull
from agent.seal import Sealer
from simulators.world.flash import SimFlash
from simulators.world.signer import DigestSigner, DigestVerifier
from tests.scenarios.pole import Pole

UTC = 1790000000000
MINUTE = 60000
YEARS = 10 * 365 * 86400000


def sealer(flash=None):
    journal = Journal(flash or SimFlash(16), lambda: 7)
    journal.mount()
    return Sealer(journal, DigestSigner(b"device"), lambda topic, text: None)


def pole():
    gc.collect()  # a flash is one large piece
    return Pole(
        1,
        DigestSigner(b"device"),
        DigestVerifier([b"device"]),
        DigestSigner(b"platform"),
        DigestVerifier([b"platform"]),
        every_ms=10000,
        seal_ms=30000,
        beacon_ms=60000,
    )


def test_a_time_that_comes_again_moves_nothing():
    made = sealer()
    made.learn_time(1000, UTC, 20, "platform")
    before = made.journal.next_seq(1)
    for uptime in range(2000, 600000, 5000):
        # What the platform said at first, again and again, between its true times.
        assert not made.learn_time(uptime, UTC, 20, "platform")
        assert not made.learn_time(uptime + 100, UTC + uptime - 900, 20, "platform")
    assert made.journal.next_seq(1) == before
    assert made.at(600000) == (UTC + 599000, 0)


def test_a_time_is_sure_while_nobody_contradicts_it():
    made = sealer()
    assert not made.sure()
    made.learn_time(1000, UTC, 20, "board clock")
    assert made.sure()
    made.learn_time(2000, UTC + 86400000, 20, "platform")
    assert not made.sure(), "a step was seen once"
    made.learn_time(20000, UTC + 86418000, 20, "platform")
    assert made.sure() and made.at(20000)[0] == UTC + 86418000


def test_a_time_that_could_not_be_told_is_learned_again():
    flash = SimFlash(16)
    made = sealer(flash)
    made.record(2, frame.STATUS, {1: "0"}, 10)
    for sector in range(16):
        flash.worn[sector] = "error"
    stored = False
    try:
        stored = made.learn_time(1000, UTC, 20, "platform")
    except (OSError, JournalFull):
        pass
    assert not stored, "on a flash that takes nothing"
    assert made.at(1000) == (1000, 2)
    assert made.unsynced_lanes == [2]


def test_a_gap_whose_begin_a_restart_forgot_is_told_without_one():
    flash = SimFlash(6)
    journal = Journal(flash, lambda: 7)
    journal.mount()
    uptime = 0
    for boot in (1, 2):
        while not journal.missing(1) or journal.boot < boot or uptime < boot * 100000:
            uptime += 1000
            journal.append(1, journal.next_seq(1), b"x" * 300, uptime)
        if boot == 1:
            first = journal.missing(1)[0]
            assert first[3] == [1, 1000], first
            journal = Journal(flash, lambda: 7)
            journal.mount()
            uptime = 100000
    for _ in range(40):
        uptime += 1000
        journal.append(1, journal.next_seq(1), b"x" * 300, uptime)
    gap = journal.missing(1)[0]
    assert gap[0] == 1 and gap[3] is None, gap
    assert gap[4] is not None, gap


def test_a_platform_whose_clock_was_ahead_for_a_while_is_followed_back():
    world = pole()
    world.run(3 * MINUTE)
    right = world.ingester.utc_offset
    world.ingester.utc_offset = right + YEARS
    world.run(8 * MINUTE)
    assert world.agent.sealer.utc_offset > right + YEARS - MINUTE
    world.ingester.utc_offset = right
    # What it says of nothing new may have been kept by somebody, and is not followed.
    kept = world.ingester._acknowledge(world.signer.kid, world.journal.epoch, world.now)
    world.run(world.now + 2000)
    for _ in range(30):
        world.network.downlink("pole", kept)
    world.run(world.now + 5 * MINUTE)
    assert abs(world.agent.sealer.utc_offset - right) < 2000


def test_an_old_acknowledgement_moves_no_clock():
    world = pole()
    world.run(3 * MINUTE)
    kept = world.ingester._acknowledge(world.signer.kid, world.journal.epoch, world.now)
    world.run(20 * MINUTE)
    before = world.agent.sealer.utc_offset
    world.set_network(False)
    world.run(22 * MINUTE)
    world.set_network(True)
    for _ in range(10):
        world.network.downlink("pole", kept)
        world.run(world.now + 15000)
    assert abs(world.agent.sealer.utc_offset - before) < 1000


def test_a_receiver_tells_the_time_without_any_network():
    world = pole()
    world.set_network(False)
    world.run(MINUTE)
    agent = world.agent
    assert agent.sealer.utc_offset is None
    driver = agent.buses[0].devices[0].driver
    driver.utc_ms = UTC
    world.run(world.now + 11000)
    driver.utc_ms = None
    offset = agent.sealer.utc_offset
    assert UTC - world.now <= offset <= UTC - MINUTE
    world.run(world.now + MINUTE)
    assert agent.sealer.utc_offset == offset
