"""How long a connection may keep an alarm waiting before it is given up."""

from agent import frame
from agent.buffer.journal import Journal
from agent.connection import ALARM_PATIENCE
from agent.reading import ALARM
from agent.seal import Sealer
from agent.uplink import Uplink
from simulators.world.dice import Dice
from simulators.world.flash import SimFlash
from simulators.world.ingester import Ingester
from simulators.world.network import Network
from simulators.world.signer import DigestSigner, DigestVerifier

MINUTE = 60000


class Pole:
    """A pole that only alarms, and counts how often its connection was given up."""

    def __init__(self, one_way):
        self.now = 1000
        self.given_up = []
        self.steps = 0
        ingester = Ingester(DigestVerifier([b"device"]), DigestSigner(b"platform"))
        self.network = Network(
            Dice(5),
            lambda now, name, lane, data, ask: ingester.receive(now, data, ask),
            (one_way, one_way),
            10 * MINUTE,
        )
        self.journal = Journal(SimFlash(16), lambda: 1)
        self.journal.mount()
        self.sealer = Sealer(self.journal, DigestSigner(b"device"), self.log)
        self.uplink = Uplink(
            self.network.carrier("pole"),
            self.sealer,
            DigestVerifier([b"platform"]),
            Dice(6),
            self.log,
            10 * MINUTE,
            1000,
        )
        self.run(self.now + MINUTE)

    def log(self, topic, text):
        if text.startswith("no connection"):
            self.given_up.append(self.now)

    def alarm(self):
        body = {1: "underpass", 2: "level", 3: frame.RAISED, 4: 340, 5: -3, 7: 0, 8: [1, 300]}
        self.sealer.record(ALARM, frame.ALARM_FRAME, body, self.now)

    def run(self, until):
        while self.now < until:
            self.steps += 1
            wake = self.uplink.step(self.now)
            self.now = min(until, max(self.now + 1, min(wake, self.uplink.carrier.due() or wake)))

    def delivered(self):
        return self.journal.released(ALARM) == self.journal.next_seq(ALARM) - 1


def test_a_connection_that_swallows_an_alarm_is_given_up():
    pole = Pole(100)
    pole.network.half_open = True
    began = pole.now
    pole.alarm()
    pole.run(began + ALARM_PATIENCE - 1000)
    assert not pole.given_up
    pole.run(began + ALARM_PATIENCE + 1000)
    assert len(pole.given_up) == 1
    pole.network.half_open = False
    pole.run(pole.now + MINUTE)
    assert pole.delivered()


def test_alarms_that_get_through_one_by_one_keep_the_connection():
    # Before one is acknowledged the next is on its way, for minutes.
    pole = Pole(3000)
    for _ in range(60):
        pole.alarm()
        pole.run(pole.now + 3000)
        assert not pole.delivered()
    pole.run(pole.now + MINUTE)
    assert pole.delivered() and not pole.given_up


def test_a_long_round_trip_is_no_silence():
    pole = Pole(6000)
    pole.alarm()
    pole.run(pole.now + MINUTE)
    assert pole.delivered() and not pole.given_up


def test_answers_that_waited_behind_others_make_nobody_patient():
    pole = Pole(100)
    pole.network.latency = (9000, 9000)
    for _ in range(4):
        pole.uplink.beacon_soon()
        pole.run(pole.now + MINUTE)
    assert pole.uplink.pace.round_trip > 9000
    pole.network.half_open = True
    began = pole.now
    pole.alarm()
    pole.run(began + ALARM_PATIENCE + 1000)
    assert len(pole.given_up) == 1


def test_an_idle_uplink_sleeps():
    pole = Pole(100)
    pole.run(pole.now + MINUTE)
    before = pole.steps
    pole.run(pole.now + MINUTE)
    assert pole.steps - before <= 15


def test_acknowledgements_that_come_anyway_spare_beacons():
    pole = Pole(100)
    sent = []
    beacon = pole.sealer.beacon
    pole.sealer.beacon = lambda *arguments: sent.append(pole.now) or beacon(*arguments)
    for _ in range(180):
        pole.alarm()
        pole.run(pole.now + MINUTE)
    assert len(sent) == 3, sent  # one an hour, for the clock's sake
    pole.run(pole.now + 60 * MINUTE)
    assert len(sent) >= 3 + 5, sent  # nothing else asks any more
