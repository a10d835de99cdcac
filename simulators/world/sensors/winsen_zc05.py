"""The twin of agent.drivers.winsen_zc05, in steps of 100 ppm."""

from simulators.world.sensors.twin import AskedTwin

READ = b"\xff\x01\x86\x00\x00\x00\x00\x00\x79"


class Twin(AskedTwin):
    """signals: ch4 (ppm)."""

    turnaround_ms = 20
    question = READ

    def frame(self, now_ms):
        value = self.measured("ch4", now_ms)
        frame = bytes((0xFF, 0x86, value >> 8, value & 0xFF, 0, 0, 0, 0))
        return frame + bytes((-sum(frame[1:]) & 0xFF,))
