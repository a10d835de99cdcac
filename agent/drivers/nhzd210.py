"""NHZD210 illuminance transmitter, Modbus RTU. Unproven.

Source: published gateway code for the NHZD210: function 04, 0x0000 illuminance in lx, u32, the high
word first. Its printed exchange reads the low word (0x0001) alone, which holds up to 65535 lx only,
less than daylight; the reply to both words was not seen. Address 0 renumbers every device on the
line: this driver writes nothing. Factory setting: 9600 8N1, address 10.
"""

from agent.drivers.driver import address
from agent.drivers.modbus import INPUT, ModbusDevice, uint32


class Device(ModbusDevice):
    model = "nhzd210"
    title = "NHZD210 illuminance transmitter"
    kind = "weather"
    proven = False
    source = "published gateway code, the low word captured"
    table = INPUT
    # Published as a write to everybody; that it takes it at its own address is unverified.
    renumber = (("write", 0x0042, None), ("cycle",))
    options = (address(10),)
    fields = (uint32(0x0000, "illuminance", "lx", 0, 0, 200000),)
