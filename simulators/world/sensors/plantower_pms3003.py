"""The twin of agent.drivers.plantower_pms3003: uploads every second."""

from simulators.world.sensors.twin import UploadTwin


class Twin(UploadTwin):
    """signals: pm1, pm25, pm10 (µg/m³)."""

    phase_ms = 210

    def frame(self, now_ms):
        dust = [self.measured(channel, now_ms) for channel in ("pm1", "pm25", "pm10")]
        words = dust + dust + [0, 0, 0x51]
        frame = b"\x42\x4d\x00\x14" + b"".join([word.to_bytes(2, "big") for word in words])
        return frame + sum(frame).to_bytes(2, "big")
