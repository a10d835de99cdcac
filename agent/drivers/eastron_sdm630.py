"""Eastron SDM630 three-phase meter, Modbus RTU.

Source: Eastron SDM630-Modbus V2 protocol manual, "Input registers": function 04, IEEE 754 singles,
the high word first. Of it only the voltage of phase 1 is among the vectors: unproven. Factory
setting: 9600 8N1, address 1.
"""

from agent.drivers.modbus import INPUT, ModbusDevice, float32


class Device(ModbusDevice):
    model = "eastron-sdm630"
    title = "Eastron SDM630 three-phase meter"
    kind = "electricity"
    source = "Eastron SDM630-Modbus V2 protocol manual, input registers"
    proven = False
    table = INPUT
    fields = (
        float32(0x0000, "voltage_1", "V", -1, 0, 5000),
        float32(0x0002, "voltage_2", "V", -1, 0, 5000),
        float32(0x0004, "voltage_3", "V", -1, 0, 5000),
        float32(0x0006, "current_1", "A", -3, 0, 120000),
        float32(0x0008, "current_2", "A", -3, 0, 120000),
        float32(0x000A, "current_3", "A", -3, 0, 120000),
        float32(0x0034, "power", "W", -1, -1000000, 1000000),
        float32(0x003E, "power_factor", "/", -3, -1000, 1000),
        float32(0x0046, "frequency", "Hz", -2, 4500, 6500),
        float32(0x0048, "energy", "kWh", -2, 0, 99999999),
    )
