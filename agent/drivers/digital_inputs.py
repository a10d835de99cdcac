"""A module of digital inputs for contacts (open cover, immersion, float), Modbus RTU. Unproven.

Source: MODBUS Application Protocol Specification V1.1b3, 6.1 and 6.2: coils (function 01) or
discrete inputs (function 02), one bit each. Which of them a module has, and where they begin, says
its own manual: both are options. A channel is 1 while what it is named for is the case; an input
whose contact rests closed is "off" in active. No exchange of a named model was found.
"""

from agent.drivers.ask import ModbusAsk
from agent.drivers.driver import Driver, Option, address, reading
from agent.protocols import modbus
from agent.reading import Channel

INPUTS = 4
USES = ("unused", "open", "immersion", "float", "contact")


def _inputs():
    options = []
    for number in range(1, INPUTS + 1):
        use = "contact" if number == 1 else "unused"
        options.append(
            Option("input%d" % number, "choice", use, "what hangs on the input", choices=USES)
        )
        options.append(
            Option(
                "active%d" % number,
                "choice",
                "on",
                "the input's state while it is the case",
                choices=("on", "off"),
            )
        )
    return tuple(options)


class Device(Driver):
    model = "digital-inputs"
    title = "Modbus module of digital inputs"
    kind = "contact"
    protocol = "modbus"
    proven = False
    source = "MODBUS Application Protocol Specification V1.1b3, 6.1 and 6.2"
    options = (
        address(),
        Option("table", "choice", "inputs", "where they stand", choices=("inputs", "coils")),
        Option("first", "int", 0, "the first input's place, 0 to 65000", 0, 65000),
    ) + _inputs()

    def __init__(self, options):
        super().__init__(options)
        self.used = []  # (place, the bit while it is the case)
        channels = []
        for place in range(INPUTS):
            number = place + 1
            use = options.get("input%d" % number, "contact" if place == 0 else "unused")
            if use != "unused":
                self.used.append((place, options.get("active%d" % number, "on") == "on"))
                channels.append(Channel("%s%d" % (use, number), "/", 0, 0, 1))
        self.channels = tuple(channels)

    def read(self):
        """One read of all inputs: their states belong together."""
        coils = self.settings.get("table") == "coils"
        function = modbus.READ_COILS if coils else modbus.READ_DISCRETE
        pdu = modbus.read_request(function, self.settings.get("first", 0), INPUTS)
        reply = yield ModbusAsk(self.settings["address"], pdu, self.timeout_ms)
        states = modbus.bits(reply, INPUTS)
        readings = []
        for index in range(len(self.used)):
            place, active = self.used[index]
            readings.append(reading(self.channels[index], int(states[place] == int(active))))
        return readings
