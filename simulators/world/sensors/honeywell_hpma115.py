"""The twin of agent.drivers.honeywell_hpma115."""

from simulators.world.sensors.twin import AskedTwin

READ = b"\x68\x01\x04\x93"
START = b"\x40\x0d\x04"


class Twin(AskedTwin):
    """signals: pm1, pm25, pm4, pm10 (µg/m³)."""

    turnaround_ms = 20
    question = READ

    def frame(self, now_ms):
        dust = [self.measured(channel, now_ms) for channel in ("pm1", "pm25", "pm4", "pm10")]
        frame = START + b"".join([word.to_bytes(2, "big") for word in dust]) + bytes(4)
        return frame + bytes((-sum(frame) & 0xFF,))
