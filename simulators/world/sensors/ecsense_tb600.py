"""The twin of agent.drivers.ecsense_tb600: a TB600C-CO-1000 with one decimal."""

from agent.drivers.ecsense_tb600 import READ, START
from simulators.world.sensors.twin import AskedTwin

FULL_SCALE = 1000


class Twin(AskedTwin):
    """signals: co (0.1 ppm)."""

    turnaround_ms = 20
    question = READ

    def frame(self, now_ms):
        value = self.measured("co", now_ms)
        frame = START + b"\x00\x00" + FULL_SCALE.to_bytes(2, "big") + value.to_bytes(2, "big")
        return frame + bytes((-sum(frame[1:]) & 0xFF,))
