"""Acrel DTSD1352 three-phase meter, Modbus RTU: its active energy. Unproven.

Source: published configurations and drivers of the DTSD1352: function 03, 0x000A forward active
energy in 0.01 kWh, u32, the high word first, on the secondary side: to be multiplied by the ratios
of the current and voltage transformers, which are options. No exchange was printed. 9600 8N1,
address 1 (both unverified).
"""

from agent.drivers.driver import Option, address, reading
from agent.drivers.modbus import ModbusDevice, uint32


class Device(ModbusDevice):
    model = "acrel-dtsd1352"
    title = "Acrel DTSD1352 three-phase meter"
    kind = "electricity"
    proven = False
    source = "published configurations of the DTSD1352, no exchange captured"
    options = (
        address(),
        Option("ct", "int", 1, "ratio of the current transformers, 1 to 9999", 1, 9999),
        Option("pt", "int", 1, "ratio of the voltage transformers, 1 to 9999", 1, 9999),
    )
    fields = (uint32(0x000A, "energy", "kWh", -2),)

    def mean(self, words):
        """The energy on the primary side."""
        ratio = self.settings.get("ct", 1) * self.settings.get("pt", 1)
        return [reading(part, (words[10] << 16 | words[11]) * ratio) for part in self.channels]
