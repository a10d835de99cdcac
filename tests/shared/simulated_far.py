"""The far end of the carrier's contract, on simulated time."""

from simulators.world.dice import Dice
from simulators.world.network import Network
from tests.shared import contracts_carrier


class SimulatedFar:
    """connect: (network, device name) -> the carrier under test."""

    keeps_sessions = True
    patience = 60000

    def __init__(self, connect):
        self.connect = connect
        self.time = 1000
        self.frames = []
        self.network = Network(Dice(7), self._receive, latency=(40, 40))
        self._outage = None

    def _receive(self, now_ms, device, lane, frame, ask):
        self.frames.append((device, lane, frame))
        return []

    def carrier(self, device):
        return self.connect(self.network, device)

    def now(self):
        return self.time

    def received(self, device):
        return [(lane, frame) for name, lane, frame in self.frames if name == device]

    def downlink(self, device, data):
        self.network.downlink(device, data)

    def stop(self):
        self._outage = self.network.outage(self.time)

    def start(self):
        self._outage[1] = self.time
        self.network.forget_sessions()


def check_contract(connect):
    """Every clause of the carrier's contract."""
    for check in contracts_carrier.CHECKS:
        far = SimulatedFar(connect)
        for _ in check(far):
            far.time += 10
