"""Hi-Link HLK-LD8001H and DFRobot SEN0676 80 GHz radar level, Modbus RTU. Unproven.

Source: two published drivers (ESPHome, Rust): 0x0001 distance to the surface (mm), 0x0003 water
level (mm), 0x0005 height of installation (cm). Unverified: that function 03 reads them; no exchange
was printed. The level means nothing until a height is written to 0x0005: while that is zero, level
is a device fault. Factory setting: 115200 8N1, address 1 (unverified). Range 0.15 to 40 m.
"""

from agent.drivers.driver import fault
from agent.drivers.modbus import ModbusDevice, uint16


class Device(ModbusDevice):
    model = "hlk-ld8001h"
    title = "Hi-Link HLK-LD8001H / DFRobot SEN0676 radar"
    kind = "water level"
    line = "115200 8N1"
    proven = False
    renumber = (("write", 0x03F4, None),)
    source = "published drivers, no exchange captured"
    fields = (
        uint16(0x0003, "level", "m", -3, 0, 40000),
        uint16(0x0001, "distance", "m", -3, 150, 40000),
        uint16(0x0005, "height", "m", -2, 0, 4000),
    )

    def mean(self, words):
        """No level while no height of installation is set."""
        readings = super().mean(words)
        if words[0x0005] == 0:
            readings[0] = fault(self.channels[0])
        return readings
