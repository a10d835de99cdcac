"""The twin of agent.drivers.renke_fsxcs, the variant with PM2.5 and wind in tenths."""

from simulators.world.sensors.twin import ModbusTwin

PLACES = (
    (500, "wind_speed"),
    (503, "wind_direction"),
    (504, "humidity"),
    (505, "temperature"),
    (506, "noise"),
    (507, "pm25"),
    (508, "pm10"),
    (509, "pressure"),
    (513, "rain"),
    (515, "solar"),
)


class Twin(ModbusTwin):
    """signals: those of PLACES and illuminance, in the driver's exponents."""

    turnaround_ms = 20

    def words(self, at, count, now_ms):
        if (at, count) != (500, 16):
            return None
        words = [0] * 16
        for register, channel in PLACES:
            words[register - 500] = self.measured(channel, now_ms)
        lux = self.measured("illuminance", now_ms)
        words[10], words[11] = lux >> 16, lux & 0xFFFF
        return words
