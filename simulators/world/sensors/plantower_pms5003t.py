"""The twin of agent.drivers.plantower_pms5003t, in passive mode."""

from simulators.world.sensors.twin import AskedTwin

MEASURE = b"\x42\x4d\xe2\x00\x00\x01\x71"
START = b"\x42\x4d\x00\x1c"


class Twin(AskedTwin):
    """signals: pm1, pm25, pm10 (µg/m³), temperature (0.1 °C), humidity (0.1 %RH)."""

    turnaround_ms = 30
    question = MEASURE

    def frame(self, now_ms):
        dust = [self.measured(channel, now_ms) for channel in ("pm1", "pm25", "pm10")]
        air = [self.measured(channel, now_ms) for channel in ("temperature", "humidity")]
        words = dust + dust + [582, 175, 49, 22] + air + [0x9A00]
        frame = START + b"".join([(word & 0xFFFF).to_bytes(2, "big") for word in words])
        return frame + sum(frame).to_bytes(2, "big")
