"""The twin of agent.drivers.nova_sds198: uploads every second."""

from simulators.world.sensors.twin import UploadTwin


class Twin(UploadTwin):
    """signals: pm100 (µg/m³)."""

    phase_ms = 640

    def frame(self, now_ms):
        dust = self.measured("pm100", now_ms)
        data = bytes((0x0E, 0, dust & 0xFF, dust >> 8, 0xE9, 0x05))
        return b"\xaa\xcf" + data + bytes((sum(data) & 0xFF, 0xAB))
