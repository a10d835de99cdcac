"""DFRobot SEN0492 laser ranging sensor, Modbus RTU.

Source: DFRobot wiki, SEN0492, register table: holding 0x34 distance (mm, up to 4 m), 0x35 status:
0 valid, 1 sigma, 2 signal, 3 below the minimum, 4 phase, 5 hardware, 7 no update. Only a distance
of status 0 is a value. The exchange of the distance is printed there; the status was not seen on a
line. Each is asked for by itself, as printed. Factory setting: 115200 8N1, address 0x50.

The level of water is mount - distance; mount is the height of the sensor over the dry road.
"""

from agent.drivers.driver import address, fault
from agent.drivers.modbus import ModbusDevice, uint16
from agent.drivers.ranging import levelled, mount_option, with_level


class Device(ModbusDevice):
    model = "dfrobot-sen0492"
    title = "DFRobot SEN0492 laser ranging sensor"
    kind = "water level"
    line = "115200 8N1"
    source = "DFRobot wiki SEN0492, register table"
    max_registers = 1
    options = (address(0x50), mount_option(40))
    fields = (
        uint16(0x34, "distance", "m", -3, 40, 4000),
        uint16(0x35, "status", "/", 0, 0, 7),
    )

    def __init__(self, options):
        super().__init__(options)
        self.mount = options.get("mount")
        self.channels = with_level(self.mount, self.channels)

    def mean(self, words):
        """Level first, where mount is known. No distance and no level unless status is 0."""
        distance, status = super().mean(words)
        if status.value != 0:
            distance = fault(self.fields[0].channel)
        return levelled(self.mount, [distance, status])
