"""Relay board or lamp contactor, Modbus RTU: coils by function 05, read back by function 01.

Source: MODBUS Application Protocol V1.1b3, 6.1 and 6.5. Published code with writes to such a board
is among the vectors; no read-back of one was found: unproven. What ``write`` returns is what was
read back, never what was sent: whether a lamp burns only its current tells.
"""

from agent.drivers.ask import ModbusAsk
from agent.drivers.driver import Driver, Option, address, reading
from agent.protocols import modbus
from agent.reading import Channel


class Device(Driver):
    model = "relay-board"
    title = "Relay board or lamp contactor"
    kind = "switch"
    protocol = "modbus"
    source = "MODBUS Application Protocol V1.1b3, 6.1 and 6.5"
    proven = False
    timeout_ms = 500
    options = (
        address(),
        Option("relays", "int", 8, "how many relays it has, 1 to 32", 1, 32),
        Option("safe", "choice", "off", "the safe state of its relays", choices=("off", "on")),
    )

    def __init__(self, options):
        super().__init__(options)
        count = options.get("relays", 8)
        names = ["relay%d" % (index + 1) for index in range(count)]
        self.channels = tuple([Channel(name, "/", 0, 0, 1) for name in names])
        self.safe = int(options.get("safe", "off") == "on")

    def read(self):
        """Read every relay back."""
        reply = yield self._ask(modbus.read_request(modbus.READ_COILS, 0, len(self.channels)))
        return [
            reading(channel, reply[2 + index // 8] >> index % 8 & 1)
            for index, channel in enumerate(self.channels)
        ]

    def write(self, channel, value):
        """Switch the relay of that channel name to 1 or 0, or to its safe state (None), and return
        the readings that were read back. ValueError for another channel or value."""
        names = [known.name for known in self.channels]
        if channel not in names or value not in (0, 1, None):
            raise ValueError("no relay %r, or no state %r" % (channel, value))
        on = self.safe if value is None else value
        yield self._ask(modbus.write_coil(names.index(channel), on))
        return (yield from self.read())

    def _ask(self, pdu):
        return ModbusAsk(self.settings["address"], pdu, self.timeout_ms)
