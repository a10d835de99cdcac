"""The twin of agent.drivers.winsen_ze03, in question and answer mode."""

from simulators.world.sensors.twin import AskedTwin

READ = b"\xff\x01\x86\x00\x00\x00\x00\x00\x79"
START = b"\xff\x86"


class Twin(AskedTwin):
    """signals: the one gas, in the driver's exponent."""

    turnaround_ms = 20
    question = READ

    def frame(self, now_ms):
        value = self.measured(next(iter(self.signals)), now_ms)
        frame = START + bytes((value >> 8, value & 0xFF, 0, 0, 0, 0))
        return frame + bytes((-sum(frame[1:]) & 0xFF,))
