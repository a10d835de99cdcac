"""DFRobot SEN0662 particle sensor (Bosch BMV080), Modbus RTU. Unproven: no reply was published.

Source: DFRobot wiki, SEN0662, register table: input register 0x0004 is the status (0 starting, 3
measuring, 5 error), 0x0006 PM1.0 in µg/m³, a single with its high word first. The address and the
speed of the line are not verified, so the address has no default; the registers of PM2.5 and PM10
were not reached and are not read. A status that is neither measuring nor error counts as warm-up.
"""

from agent.drivers.driver import address, fault
from agent.drivers.modbus import INPUT, ModbusDevice, float32, uint16
from agent.reading import WARM_UP, Reading

MEASURING, ERROR = 3, 5


class Device(ModbusDevice):
    model = "dfrobot-sen0662"
    title = "DFRobot SEN0662 particle sensor (BMV080)"
    kind = "air quality"
    proven = False
    source = "DFRobot wiki SEN0662, register table"
    table = INPUT
    options = (address(None),)
    fields = (
        uint16(0x0004, "status", "/", 0, 0, 5),
        float32(0x0006, "pm1", "ug/m3", -1, 0, 10000),
    )

    def mean(self, words):
        """A value counts only while the sensor says that it measures."""
        status, pm1 = super().mean(words)
        if status.value == ERROR:
            return [status, fault(self.channels[1])]
        if status.value != MEASURING and pm1.value is not None:
            pm1 = Reading(pm1.name, pm1.value, pm1.exponent, pm1.unit, WARM_UP)
        return [status, pm1]
