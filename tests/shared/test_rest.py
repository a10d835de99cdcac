"""While nothing is to be done the uplink looks at nothing; what happens has it look at once."""

from agent import frame
from agent.reading import ALARM
from agent.uplink import REST
from simulators.world.flash import SimFlash
from tests.shared.test_alarm_patience import MINUTE, Pole


class SlowFlash(SimFlash):
    """What was programmed is durable when somebody says so."""

    ticket = 0
    durable = 0

    def sync(self):
        self.ticket += 1
        return self.ticket

    def synced(self):
        return self.durable


class Resting(Pole):
    """A pole whose uplink rests; ``looked``: how often it asked what is to be sent."""

    def __init__(self):
        super().__init__(100)
        self.looked = 0
        self._first = self.uplink.backlog.first
        self.uplink.backlog.first = self._count

    def _count(self):
        self.looked += 1
        return self._first()

    def step(self):
        """One step, some ms later."""
        self.now += 10
        return self.uplink.step(self.now)


def test_many_steps_cost_one_look():
    pole = Resting()
    for _ in range(1000):
        assert pole.step() > pole.now
    assert pole.looked <= 2
    pole.now += REST
    pole.step()
    assert 1 <= pole.looked <= 3, "a rest has an end"


def test_what_is_sealed_goes_with_the_next_step():
    pole = Resting()
    sent = pole.uplink.sent
    pole.step()
    pole.alarm()
    pole.step()
    assert pole.uplink.sent == sent + 1
    pole.run(pole.now + 2000)
    assert pole.delivered()


def test_what_is_not_durable_yet_is_looked_for():
    pole = Resting()
    pole.journal.flash = SlowFlash(16, cells=pole.journal.flash.cells)
    sent = pole.uplink.sent
    pole.alarm()
    for _ in range(20):
        pole.step()
    assert pole.uplink.sent == sent and pole.looked == 20
    pole.journal.flash.durable = pole.journal.flash.ticket
    pole.step()
    assert pole.uplink.sent == sent + 1


def test_a_beacon_that_is_wanted_and_an_end_wait_for_nothing():
    pole = Resting()
    offers = pole.uplink.offers
    pole.step()
    pole.uplink.beacon_soon()
    pole.step()
    assert pole.uplink.offers == offers + 1
    pole.run(pole.now + 2000)
    looked = pole.looked
    pole.uplink.ending = True
    pole.step()
    assert pole.looked == looked + 1


def test_a_connection_that_is_lost_ends_the_rest():
    pole = Resting()
    pole.now += REST
    pole.step()
    pole.network.patience = 1000
    outage = pole.network.outage(pole.now)
    while not pole.given_up:
        pole.run(pole.now + 100)
    assert pole.step() <= pole.now + 1000, "it rests, and connects late"
    outage[1] = pole.now
    pole.run(pole.now + MINUTE)
    assert pole.uplink.connected


def test_what_hopped_and_was_not_acknowledged_goes_again():
    pole = Resting()
    pole.uplink.carrier.network.receive = lambda now, name, lane, data, ask: []
    body = {1: frame.CLEARED}
    pole.sealer.record(ALARM + 1, frame.STATUS, body, pole.now)
    pole.run(pole.now + 14 * MINUTE)
    sent = pole.uplink.sent
    pole.run(pole.now + 2 * MINUTE)
    assert pole.uplink.sent == sent + 1
