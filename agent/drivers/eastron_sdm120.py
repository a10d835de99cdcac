"""Eastron SDM120 single-phase meter, Modbus RTU.

Source: Eastron SDM120-Modbus protocol manual, "Input registers": function 04, IEEE 754 singles, the
high word first. Published replies of voltage (0x0000, 230.2 V) and of active power (0x000C,
captured) are in the vectors; the other registers are the manual's and were not seen on a line.
Factory setting: 2400 8N1, address 1.
"""

from agent.drivers.modbus import INPUT, ModbusDevice, float32


class Device(ModbusDevice):
    model = "eastron-sdm120"
    title = "Eastron SDM120 single-phase meter"
    kind = "electricity"
    line = "2400 8N1"
    source = "Eastron SDM120-Modbus protocol manual, input registers"
    table = INPUT
    fields = (
        float32(0x0000, "voltage", "V", -1, 0, 3000),
        float32(0x0006, "current", "A", -3, 0, 100000),
        float32(0x000C, "power", "W", -1, -250000, 250000),
        float32(0x001E, "power_factor", "/", -3, -1000, 1000),
        float32(0x0046, "frequency", "Hz", -2, 4500, 6500),
        float32(0x0048, "energy", "kWh", -2, 0, 99999999),
    )
