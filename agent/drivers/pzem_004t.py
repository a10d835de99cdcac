"""Peacefair PZEM-004T v3 AC module, Modbus RTU.

Source: PZEM-004T V3.0 user manual, 2.3 "Read the measurement result": function 04, registers 0x0000
to 0x0009; 32-bit values have their low word first; the alarm word is 0xFFFF above the power
threshold. Address 248 (0xF8) is the general one, for a line with one module only. 9600 8N1.
"""

from agent.drivers.driver import Option
from agent.drivers.modbus import INPUT, ModbusDevice, int32_low_first, uint16


class Device(ModbusDevice):
    model = "pzem-004t"
    title = "Peacefair PZEM-004T v3 AC module"
    kind = "electricity"
    source = "PZEM-004T V3.0 user manual, 2.3"
    table = INPUT
    options = (Option("address", "address", 1, "1 to 247; 248 for one module alone", 1, 248),)
    fields = (
        uint16(0, "voltage", "V", -1, 800, 2600),
        int32_low_first(1, "current", "A", -3, 0, 100000),
        int32_low_first(3, "power", "W", -1, 0, 230000),
        int32_low_first(5, "energy", "Wh", 0, 0, 9999990),
        uint16(7, "frequency", "Hz", -1, 450, 650),
        uint16(8, "power_factor", "/", -2, 0, 100),
        uint16(9, "alarm", "/", 0, 0, 0xFFFF),
    )
