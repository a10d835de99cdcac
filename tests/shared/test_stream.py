"""The simulated stream: whole, in order, and slower with every loss; and the carrier over it."""

from agent.events import CARRIER_DOWN, CARRIER_HOP, CARRIER_UP
from simulators.world.dice import Dice
from simulators.world.network import Network
from simulators.world.stream import Stream
from simulators.world.stream_carrier import StreamCarrier
from tests.shared.simulated_far import SimulatedFar, check_contract


def carried(loss, round_trip, rate=0):
    """ms that 200 messages of 1,000 bytes take; they come whole and in order."""
    network = Network(Dice(3), None, (round_trip // 2, round_trip // 2))
    network.loss = loss
    network.rate = rate
    stream = Stream(network, 0, round_trip)
    for number in range(200):
        stream.write(0, 1000, number)
    came = []
    now = 0
    while len(came) < 200:
        now = stream.due()
        found = stream.advance(now)
        if found is not None:
            assert found[0] == now
            came.extend(found[1])
    assert came == list(range(200))
    return now


def test_without_losses_the_window_doubles_in_each_round_trip():
    # 10, 20, 40, 80 and the last 50 segments; the last one needs half a round trip.
    assert carried(0, 500) == 4 * 500 + 250
    assert carried(0, 3000) == 4 * 3000 + 1500


def test_losses_cost_time():
    spent = [carried(loss, 500) for loss in (0, 10, 50, 200)]
    assert spent == sorted(spent) and spent[3] > 10 * spent[0], spent


def test_a_slow_line_carries_its_rate():
    # 200 packets of 1,040 bytes at 16 kbit/s take 104 s.
    assert 104_000 <= carried(0, 500, 16000) < 106_000


def stream_carrier(network, device):
    return StreamCarrier(network, device, 10)


def test_contract():
    check_contract(stream_carrier)


def test_a_lossy_network_loses_no_offer():
    far = SimulatedFar(stream_carrier)
    far.network.loss = 200
    carrier = far.carrier("lossy")
    carrier.connect(far.time)
    ended = []
    offered = 0
    while len(ended) < 50:
        far.time = max(far.time + 1, carrier.due() or 0)
        for event, detail in carrier.poll(far.time):
            assert event in (CARRIER_UP, CARRIER_HOP), (event, detail)
            if event == CARRIER_HOP:
                ended.append(detail)
        while carrier.room() and offered < 50:
            carrier.offer(1, b"%d" % offered, offered)
            offered += 1
    assert ended == list(range(50))
    assert far.received("lossy") == [(1, b"%d" % number) for number in range(50)]
    assert far.network.lost > 10


def test_a_server_that_swallows_everything_is_given_up():
    far = SimulatedFar(stream_carrier)
    carrier = far.carrier("swallowed")
    far.network.half_open = True
    carrier.connect(1000)
    assert carrier.poll(10999) == []
    assert carrier.poll(11000) == [(CARRIER_DOWN, "no answer")]
    far.network.half_open = False
    carrier.connect(12000)
    assert carrier.poll(12160) == [(CARRIER_UP, True)]
    far.network.half_open = True
    carrier.offer(1, b"frame", 5)
    far.network.patience = 10000
    assert carrier.poll(22159) == []
    assert carrier.poll(22160) == [(CARRIER_DOWN, "no answer")]
