"""Seeed SenseCAP ONE compact weather sensors S500, S700, S900 and S1000, Modbus RTU. Unproven
but for particles and CO2.

Source: Seeed wiki "Getting Started with SenseCAP ONE Compact Weather Sensor": function 04, each
value an s32, high word first, in thousandths: 0x0000 temperature, 0x0002 humidity, 0x0004 pressure
(Pa), 0x0030 PM2.5, 0x0032 PM10, 0x0040 CO2. The printed replies of S900 (particles) and S1000 (CO2)
are intact. Unverified: the addresses from 0x0006 to 0x0018, which follow from the order of a
listing, and that all four models share them. Five of its printed replies carry a wrong checksum.
Factory setting: 9600 8N1, address 10 (S500), 20 (S700), 38 (S900) or 43 (S1000).
"""

from agent.drivers.driver import Option, address
from agent.drivers.modbus import INPUT, ModbusDevice, int32

S500 = (
    int32(0x0000, "temperature", "Cel", -2, -4000, 8500, -3),
    int32(0x0002, "humidity", "%RH", -2, 0, 10000, -3),
    int32(0x0004, "pressure", "Pa", 0, 30000, 110000, -3),
    int32(0x000C, "wind_direction", "deg", -1, 0, 3600, -3),
    int32(0x0010, "wind_gust", "m/s", -2, 0, 6000, -3),
    int32(0x0012, "wind_speed", "m/s", -2, 0, 6000, -3),
)
S700 = S500 + (
    int32(0x0006, "illuminance", "lx", 0, 0, 200000, -3),
    int32(0x0014, "rain", "mm", -1, 0, None, -3),
    int32(0x0018, "rain_rate", "mm/h", -1, 0, 5000, -3),
)
S900 = S700 + (
    int32(0x0030, "pm25", "ug/m3", 0, 0, 1000, -3),
    int32(0x0032, "pm10", "ug/m3", 0, 0, 2000, -3),
)
S1000 = S900 + (int32(0x0040, "co2", "ppm", 0, 300, 10000, -3),)
MODELS = {"s500": S500, "s700": S700, "s900": S900, "s1000": S1000}


class Device(ModbusDevice):
    model = "sensecap-one"
    title = "Seeed SenseCAP ONE weather sensor"
    kind = "weather"
    proven = False
    source = "Seeed wiki, Getting Started with SenseCAP ONE Compact Weather Sensor"
    table = INPUT
    options = (
        address(10),
        Option("variant", "choice", None, "which one", choices=("s500", "s700", "s900", "s1000")),
    )

    def __init__(self, options):
        self.fields = MODELS[options.get("variant", "s500")]
        super().__init__(options)
