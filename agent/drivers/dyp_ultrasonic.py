"""DYP / Seeed RS-485 ultrasonic level sensor (A01, A02 and 750 cm family), Modbus RTU.

Source: Seeed "RS485 750cm Ultrasonic Level Sensor" manual: registers 0x0100 processed distance (mm,
u16, 100 to 300 ms to answer), 0x0102 temperature (0.1 °C, s16). The value sent when no echo returns
is not documented: a distance outside 280 to 7500 mm is marked out of range, and never a level that
an alarm would take for safe. Factory setting: 115200 8N1, address 1.

The level of water is mount - distance; mount is the height of the sensor over the dry road.
"""

from agent.drivers.driver import address
from agent.drivers.modbus import HOLDING, ModbusDevice, int16, uint16
from agent.drivers.ranging import levelled, mount_option, with_level


class Device(ModbusDevice):
    model = "dyp-ultrasonic"
    title = "DYP / Seeed RS-485 ultrasonic level sensor"
    kind = "water level"
    line = "115200 8N1"
    source = "Seeed RS485 750cm Ultrasonic Level Sensor manual, register table"
    timeout_ms = 600
    answer_ms = 200
    warm_up_ms = 1000
    table = HOLDING
    renumber = (("write", 0x0200, None),)  # the manual prints 01 06 02 00 00 05
    options = (address(), mount_option(300))
    fields = (
        uint16(0x0100, "distance", "m", -3, 280, 7500),
        int16(0x0102, "temperature", "Cel", -1, -400, 850),
    )

    def __init__(self, options):
        super().__init__(options)
        self.mount = options.get("mount")
        self.channels = with_level(self.mount, self.channels)

    def mean(self, words):
        """Level first, where mount is known."""
        return levelled(self.mount, super().mean(words))
