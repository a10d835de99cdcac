"""Fukaite RS-485 gas transmitter (CO, H2S, O2 and others), Modbus RTU. Unproven.

Source: published driver code for the Shenzhen Fukaite transmitter: 0x0000 raw value, 0x001E number
of decimals, concentration = raw / 10**decimals; for O2 the raw value is in 0.01 %VOL whatever the
decimals say. No published reply of this device was found: the raw replies travel with the readings.
Factory setting: 9600 8N1, address 1. Warm-up is not documented; 60 s are assumed.
"""

from agent.drivers.driver import Option, address, fault, reading, rescale
from agent.drivers.modbus import HOLDING, ModbusDevice
from agent.protocols import modbus
from agent.reading import Channel

VALUE, DECIMALS = 0x0000, 0x001E


class Device(ModbusDevice):
    model = "fukaite-gas"
    title = "Fukaite RS-485 gas transmitter"
    kind = "gas"
    proven = False
    source = "published driver code, no reply captured"
    warm_up_ms = 60000
    table = HOLDING
    # Published as writes to everybody; that it takes them at its own address is unverified.
    renumber = (("write", 0x0011, 0x0018), ("write", 0x0013, None))
    options = (
        address(),
        Option("gas", "choice", "co", "which gas it measures", choices=("co", "h2s", "o2")),
    )

    def __init__(self, options):
        super().__init__(options)
        self.gas = options.get("gas", "co")
        if self.gas == "o2":
            self.channels = (Channel("o2", "%", -2, 0, 3000),)
        else:
            self.channels = (Channel(self.gas, "ppm", -2, 0, 200000),)

    def read(self):
        """Value and decimals, in two requests: what lies between them is not documented."""
        reply = yield self.ask(VALUE, 1)
        raw = modbus.registers(reply)[0]
        channel = self.channels[0]
        if self.gas == "o2":
            return [reading(channel, raw)]
        reply = yield self.ask(DECIMALS, 1)
        decimals = modbus.registers(reply)[0]
        if decimals > 4:
            return [fault(channel)]
        return [reading(channel, rescale(raw, -decimals, channel.exponent))]
