"""The simulated network: the carrier's contract, and what its faults do."""

from binascii import crc32

from agent.events import CARRIER_DOWN, CARRIER_FAILED, CARRIER_HOP, CARRIER_MESSAGE, CARRIER_UP
from simulators.world.dice import Dice
from simulators.world.network import Network
from tests.shared.simulated_far import SimulatedFar, check_contract


def test_contract():
    check_contract(Network.carrier)


class _Day:
    """Two poles over a bad network for some minutes: what every frame and token came to."""

    def __init__(self, seed):
        self.arrived = []  # (device, number, instant)
        self.ended = {CARRIER_HOP: [], CARRIER_FAILED: []}
        self.counts = {CARRIER_UP: 0, CARRIER_DOWN: 0, CARRIER_MESSAGE: 0}
        self.new_sessions = []
        self.offered = 0
        network = Network(Dice(seed), self._receive)
        network.loss = 100
        network.duplication = 50
        network.reordering = 100
        network.session_loss = 300
        network.outage(100000, 130000)
        network.outage(200000, 201000)
        poles = [network.carrier("a"), network.carrier("b")]
        for pole in poles:
            pole.connect(0)
        for now in range(0, 240000, 1000):
            for pole in poles:
                self._step(pole, now)

    def _receive(self, now, device, lane, frame, ask):
        self.arrived.append((device, int(frame), now))
        return [b"ok"]

    def _step(self, pole, now):
        for event, detail in pole.poll(now):
            if event in self.ended:
                self.ended[event].append(detail)
                continue
            self.counts[event] += 1
            if event == CARRIER_UP:
                self.new_sessions.append(detail)
            elif event == CARRIER_DOWN:
                pole.connect(now)
        for _ in range(min(2, pole.room())):
            self.offered += 1
            pole.offer(1, b"%d" % self.offered, self.offered)


def test_faults_happen_and_every_token_ends():
    day = _Day(3)
    failed = day.ended[CARRIER_FAILED]
    ended = day.ended[CARRIER_HOP] + failed
    assert len(ended) == len(set(ended))
    # The outage of half a minute cut both connections; the one of a second only lost frames.
    assert day.counts[CARRIER_DOWN] >= 2
    assert day.offered - len(ended) <= 10 * (2 + day.counts[CARRIER_DOWN])
    # About one in ten is lost each way; some arrive twice, some late.
    assert day.offered // 10 < len(failed) < day.offered // 3
    numbers = [number for device, number, _ in day.arrived if device == "a"]
    assert len(numbers) > len(set(numbers)) > day.offered // 4
    assert numbers != sorted(numbers)
    assert day.counts[CARRIER_MESSAGE] > day.offered // 2
    assert day.new_sessions[:2] == [True, True]
    assert not [now for _, _, now in day.arrived if 100000 <= now < 130000]


def test_the_same_seed_is_the_same_day():
    # One number for a day, the same on every runtime.
    assert _digest(11) == 1850556733
    assert _digest(12) != _digest(11)


def _digest(seed):
    digest = 0
    for arrival in _Day(seed).arrived:
        digest = crc32(b"%s %d %d" % (arrival[0].encode(), arrival[1], arrival[2]), digest)
    return digest


def test_a_carrier_says_when_it_is_due():
    far = SimulatedFar(Network.carrier)
    carrier = far.carrier("due")
    assert carrier.due() is None
    carrier.connect(1000)
    assert carrier.due() == 1080
    assert carrier.poll(1079) == []
    assert carrier.poll(1080) == [(CARRIER_UP, True)]
    carrier.offer(1, b"frame", 5)
    assert carrier.poll(1160) == [(CARRIER_HOP, 5)]
    assert far.received("due") == [(1, b"frame")]


def test_frames_on_their_way_still_arrive_after_close():
    far = SimulatedFar(Network.carrier)
    carrier = far.carrier("late")
    carrier.connect(1000)
    carrier.poll(1080)
    carrier.offer(1, b"late", 5)
    carrier.close()
    assert carrier.poll(5000) == []
    assert far.received("late") == [(1, b"late")]


def test_an_attempt_that_was_given_up_has_no_late_effect():
    far = SimulatedFar(Network.carrier)
    carrier = far.carrier("again")
    far.stop()
    carrier.connect(1000)  # would fail at 11000
    far.time = 2000
    far.start()
    carrier.connect(2000)
    assert carrier.poll(2080) == [(CARRIER_UP, True)]
    carrier.offer(1, b"one", 5)
    carrier.close()
    carrier.connect(2080)
    assert carrier.poll(2160) == [(CARRIER_UP, False)]
    carrier.offer(1, b"two", 5)
    assert carrier.poll(2239) == []
    assert carrier.poll(20000) == [(CARRIER_HOP, 5)]
    assert carrier.room() == 10


def test_bytes_wait_for_a_slow_line():
    far = SimulatedFar(Network.carrier)
    far.network.rate = 16000
    carrier = far.carrier("slow")
    carrier.connect(1000)
    carrier.poll(1080)
    for token in range(4):
        carrier.offer(1, bytes(1000), token)
    # Half a second each, one after the other, then 40 ms each way.
    assert carrier.poll(1080 + 2 * 500 + 80) == [(CARRIER_HOP, 0), (CARRIER_HOP, 1)]
    assert carrier.poll(1080 + 4 * 500 + 80) == [(CARRIER_HOP, 2), (CARRIER_HOP, 3)]


def test_a_datagram_is_confirmed_only_if_asked():
    far = SimulatedFar(Network.carrier)
    carrier = far.network.carrier("datagram", confirms=False)
    carrier.connect(1000)
    carrier.poll(1080)
    carrier.offer(1, b"silent", 1, False)
    assert carrier.room() == 10
    carrier.offer(1, b"asked", 2, True)
    assert carrier.poll(100000) == [(CARRIER_HOP, 2)]
    assert far.received("datagram") == [(1, b"silent"), (1, b"asked")]


def test_a_lost_datagram_that_asked_goes_again():
    far = SimulatedFar(Network.carrier)
    carrier = far.network.carrier("datagram", confirms=False)
    carrier.connect(1000)
    carrier.poll(1080)
    far.network.half_open = True
    carrier.offer(1, b"silent", 1, False)
    carrier.offer(1, b"asked", 2, True)
    assert carrier.poll(2000) == []
    far.network.half_open = False
    assert carrier.poll(3160) == [(CARRIER_HOP, 2)]
    assert far.received("datagram") == [(1, b"asked")]


def test_what_is_swallowed_fails_in_the_end():
    far = SimulatedFar(Network.carrier)
    far.network.half_open = True
    carrier = far.network.carrier("datagram", confirms=False)
    carrier.connect(1000)
    carrier.poll(1080)
    carrier.offer(1, b"asked", 2, True)
    assert carrier.poll(1080 + 61999) == []
    assert carrier.poll(1080 + 62000) == [(CARRIER_FAILED, 2)]
