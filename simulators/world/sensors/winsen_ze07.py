"""The twin of agent.drivers.winsen_ze07: uploads every second."""

from simulators.world.sensors.twin import UploadTwin


class Twin(UploadTwin):
    """signals: co (0.1 ppm)."""

    phase_ms = 370

    def frame(self, now_ms):
        value = self.measured("co", now_ms)
        frame = bytes((0xFF, 0x04, 0x03, 0x01, value >> 8, value & 0xFF, 0x13, 0x88))
        return frame + bytes((-sum(frame[1:]) & 0xFF,))
