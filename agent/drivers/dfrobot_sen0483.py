"""DFRobot SEN0483 wind speed sensor, Modbus RTU. Unproven.

Source: DFRobot wiki, SEN0483: holding 0x0000 wind speed in 0.1 m/s. The query printed
there has two bytes too many, and no intact reply is. Factory setting: 9600 8N1, address 2.
"""

from agent.drivers.driver import address
from agent.drivers.modbus import ModbusDevice, uint16


class Device(ModbusDevice):
    model = "dfrobot-sen0483"
    title = "DFRobot SEN0483 wind speed sensor"
    kind = "weather"
    proven = False
    source = "DFRobot wiki SEN0483, register table"
    renumber = (("write", 0x1000, None),)
    options = (address(2),)
    fields = (uint16(0x0000, "wind_speed", "m/s", -1, 0, 700),)
