"""The twin of agent.drivers.plantower_pms5003, in passive mode."""

from simulators.world.sensors.twin import AskedTwin

MEASURE = b"\x42\x4d\xe2\x00\x00\x01\x71"
START = b"\x42\x4d\x00\x1c"


class Twin(AskedTwin):
    """signals: pm1, pm25, pm10 (µg/m³)."""

    turnaround_ms = 30
    question = MEASURE

    def frame(self, now_ms):
        words = [self.measured(channel, now_ms) for channel in ("pm1", "pm25", "pm10")]
        # Indoor values, the six particle counts, then version 0x97 and error code 0.
        words = words + words + [582, 175, 49, 22, 0, 0, 0x9700]
        frame = START + b"".join([word.to_bytes(2, "big") for word in words])
        return frame + sum(frame).to_bytes(2, "big")
