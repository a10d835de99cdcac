"""The twin of agent.drivers.winsen_mhz19b."""

from simulators.world.sensors.twin import AskedTwin

READ = b"\xff\x01\x86\x00\x00\x00\x00\x00\x79"
START = b"\xff\x86"


class Twin(AskedTwin):
    """signals: co2 (ppm)."""

    turnaround_ms = 20
    question = READ

    def frame(self, now_ms):
        value = self.measured("co2", now_ms)
        frame = START + bytes((value >> 8, value & 0xFF, 0x42, 0, 0, 0))
        return frame + bytes((-sum(frame[1:]) & 0xFF,))
