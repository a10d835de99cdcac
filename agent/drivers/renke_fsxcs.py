"""Renke RS-FSXCS weather station, Modbus RTU. Unproven.

Source: published drivers of the RS-FSXCS-N01 manual's register table: function 03, decimal 500 to
515: 500 wind speed, 503 direction (degrees), 504 humidity, 505 temperature (s16), 506 noise, 507
PM2.5 or CO2 by variant, 508 PM10, 509 pressure (kPa), 510 and 511 illuminance (u32), 513 rain, 515
solar radiation; tenths but for direction, particles, CO2, illuminance and radiation. Wind speed is
in tenths in one published driver and in hundredths in another: an option. No reply was printed.

Channels that are not fitted answer 0 (noise 30.0 dB) without any error. Where such a value cannot
be measured (humidity, pressure, CO2, noise) the reading is "not fitted"; where it can (calm wind,
clean air, night, no rain) it is taken as measured: leave those channels unused where not fitted.
Factory setting: 4800 8N1 (others 9600), address 1.
"""

from agent.drivers.driver import Option, address, not_fitted
from agent.drivers.modbus import ModbusDevice, int16, uint16, uint32

ABSENT = {"humidity": 0, "noise": 300, "co2": 0, "pressure": 0}
VARIANTS = {
    "pm25": uint16(507, "pm25", "ug/m3", 0, 0, 1000),
    "co2": uint16(507, "co2", "ppm", 0, 0, 5000),
}
WINDS = {
    "1/10": uint16(500, "wind_speed", "m/s", -1, 0, 700),
    "1/100": uint16(500, "wind_speed", "m/s", -2, 0, 7000),
}


class Device(ModbusDevice):
    model = "renke-fsxcs"
    title = "Renke RS-FSXCS weather station"
    kind = "weather"
    line = "4800 8N1"
    proven = False
    source = "published drivers of the RS-FSXCS-N01 register table, no reply captured"
    options = (
        address(),
        Option("air", "choice", "pm25", "what register 507 holds", choices=("pm25", "co2")),
        Option("wind", "choice", "1/10", "m/s of one count of wind", choices=("1/10", "1/100")),
    )
    fields = (
        uint16(503, "wind_direction", "deg", 0, 0, 360),
        uint16(504, "humidity", "%RH", -1, 0, 1000),
        int16(505, "temperature", "Cel", -1, -400, 800),
        uint16(506, "noise", "dB", -1, 300, 1300),
        uint16(508, "pm10", "ug/m3", 0, 0, 1000),
        uint16(509, "pressure", "hPa", 0, 0, 1200),
        uint32(510, "illuminance", "lx", 0, 0, 200000),
        uint16(513, "rain", "mm", -1),
        uint16(515, "solar", "W/m2", 0, 0, 1800),
    )

    def __init__(self, options):
        self.fields = (
            WINDS[options.get("wind", "1/10")],
            VARIANTS[options.get("air", "pm25")],
        ) + self.fields
        super().__init__(options)

    def requests(self):
        """The block that its manual reads."""
        return [(500, 16)]

    def mean(self, words):
        """What cannot be measured comes from a channel that is not fitted."""
        readings = super().mean(words)
        for index in range(len(readings)):
            name = readings[index].name
            if name in ABSENT and readings[index].value == ABSENT[name]:
                readings[index] = not_fitted(self.channels[index])
        return readings
