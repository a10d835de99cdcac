"""The twin of agent.drivers.nova_sds011: uploads every second."""

from simulators.world.sensors.twin import UploadTwin


class Twin(UploadTwin):
    """signals: pm25, pm10 (0.1 µg/m³)."""

    phase_ms = 530

    def frame(self, now_ms):
        fine, coarse = self.measured("pm25", now_ms), self.measured("pm10", now_ms)
        data = bytes((fine & 0xFF, fine >> 8, coarse & 0xFF, coarse >> 8, 0xA1, 0x60))
        return b"\xaa\xc0" + data + bytes((sum(data) & 0xFF, 0xAB))
