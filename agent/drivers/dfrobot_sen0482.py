"""DFRobot SEN0482 wind direction sensor, Modbus RTU. Unproven.

Source: DFRobot wiki, SEN0482: holding 0x0000 wind direction in 0.1 degrees. The query printed
there has two bytes too many, and no intact reply is. Factory setting: 9600 8N1, address 2.
"""

from agent.drivers.driver import address
from agent.drivers.modbus import ModbusDevice, uint16


class Device(ModbusDevice):
    model = "dfrobot-sen0482"
    title = "DFRobot SEN0482 wind direction sensor"
    kind = "weather"
    proven = False
    source = "DFRobot wiki SEN0482, register table"
    renumber = (("write", 0x1000, None),)
    options = (address(2),)
    fields = (uint16(0x0000, "wind_direction", "deg", -1, 0, 3600),)
