"""The twin of agent.drivers.gnss_nmea: a burst of sentences every second."""

from agent.protocols.nmea import sentence
from simulators.world.sensors.twin import UploadTwin


def _angle(value, places, signs):
    minutes = abs(value) % 10000000 * 60
    return "%0*d%02d.%07d,%s" % (
        places,
        abs(value) // 10000000,
        minutes // 10000000,
        minutes % 10000000,
        signs[value < 0],
    )


class Twin(UploadTwin):
    """signals: lat, lon (1e-7 degrees), altitude (0.1 m), satellites, hdop (0.01), and speed (0.01
    m/s). date: "ddmmyy"; the time of day is that of the world's clock."""

    def __init__(self, signals, log, date="200626"):
        super().__init__(signals, log)
        self.date = date

    def frame(self, now_ms):
        seconds = now_ms // 1000 % 86400
        time = "%02d%02d%02d.000" % (seconds // 3600, seconds // 60 % 60, seconds % 60)
        names = ("lat", "lon", "altitude", "satellites", "hdop", "speed")
        lat, lon, altitude, satellites, hdop, speed = [
            self.measured(name, now_ms) for name in names
        ]
        place = "%s,%s" % (_angle(lat, 2, "NS"), _angle(lon, 3, "EW"))
        sign = "-" if altitude < 0 else ""
        height = "%s%d.%d" % (sign, abs(altitude) // 10, abs(altitude) % 10)
        knots = (speed * 36000 + 926) // 1852
        gga = (time, place, satellites, hdop // 100, hdop % 100, height)
        rmc = (time, place, knots // 1000, knots % 1000, self.date)
        burst = sentence("GNGGA,%s,%s,1,%02d,%d.%02d,%s,M,-1.5,M,," % gga)
        burst += sentence("GNGSA,A,3,29,25,12,,,,,,,,,,4.49,4.38,1.00")
        return burst + sentence("GNRMC,%s,A,%s,%d.%03d,,%s,,,A,V" % rmc)
