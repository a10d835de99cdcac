"""EC Sense TB600 / TB200 gas modules, serial, asked.

Source: EC Sense TB600B, TB600C, TB200B module description (allsensing-docs, tb600.md): the read
``FF 01 86 00 00 00 00 00 79`` is answered by nine bytes ``FF 86 ..  .. FS-hi FS-lo hi lo check``.
The value stands in bytes 6 and 7, where Winsen modules keep nothing, so this is a driver of its
own; bytes 4 and 5 are the full scale in whole units. The published reply of a TB600C-CO-1000 is in
the vectors. The decimals are told by command 0xD7, whose reply is printed only as a picture: they
are an option instead, and 1 is what the maker's sample takes for that model.

The module must answer questions already. The maker's table gives 0x40 for that mode and 0x41 for
uploading, his sample code the opposite, so no mode command is ever sent; an upload in the same
form would be taken as well. Warm-up is not documented (5 s after sleep only); 60 s are assumed.
"""

from agent.drivers.ask import ask
from agent.drivers.driver import Driver, Option, reading
from agent.reading import OUT_OF_RANGE, Channel, Reading

READ = b"\xff\x01\x86\x00\x00\x00\x00\x00\x79"
SIZE = 9
START = b"\xff\x86"


def check(frame):
    """Whether the last byte is the two's complement of the sum of those before, but the first."""
    return (sum(frame[1:8]) + frame[8]) & 0xFF == 0


class Device(Driver):
    model = "ecsense-tb600"
    title = "EC Sense TB600 / TB200 gas module"
    kind = "gas"
    source = "EC Sense TB600B(C), TB200B module description, reading of the gas value"
    warm_up_ms = 60000
    options = (
        Option(
            "gas",
            "choice",
            "co",
            "which gas it measures",
            choices=("co", "h2s", "nh3", "so2", "no2", "o3", "cl2"),
        ),
        Option("decimals", "int", 1, "the decimals of its value, 0 to 3", 0, 3),
    )

    def __init__(self, options):
        super().__init__(options)
        self.decimals = options.get("decimals", 1)
        self.channels = (Channel(options.get("gas", "co"), "ppm", -self.decimals, 0, None),)

    def read(self):
        """Ask for the concentration, and judge it by the full scale that comes with it."""
        frame = yield ask(READ, SIZE, START, check, self.timeout_ms)
        channel = self.channels[0]
        value = frame[6] << 8 | frame[7]
        full_scale = (frame[4] << 8 | frame[5]) * 10**self.decimals
        if value > full_scale:
            return [Reading(channel.name, value, channel.exponent, channel.unit, OUT_OF_RANGE)]
        return [reading(channel, value)]
