"""QDY30A submersible level transmitter, Modbus RTU. Unproven.

Source: a published bench log (farmers-iot-toolkit, docs/bench) and its register table: holding
0x0002 unit (11 cm, 12 m, 13 kPa), 0x0003 decimals, 0x0004 level (s16). The captured request has no
printed reply. On a bench one count was 1 mm while the unit register said cm: the option ``count``
overrules the registers. A unit of pressure, or an unknown one, gives no level.
Factory setting: 9600 8N1, address 1.
"""

from agent.drivers.driver import Option, address, fault, reading, rescale
from agent.drivers.modbus import ModbusDevice
from agent.reading import Channel

LENGTHS = {11: -2, 12: 0}
COUNTS = {"1 mm": -3, "1 cm": -2}


class Device(ModbusDevice):
    model = "qdy30a"
    title = "QDY30A submersible level transmitter"
    kind = "water level"
    proven = False
    source = "published bench log, no reply captured"
    options = (
        address(),
        Option(
            "count",
            "choice",
            "by register",
            "what one count of the level is",
            choices=("by register", "1 mm", "1 cm"),
        ),
    )

    def __init__(self, options):
        super().__init__(options)
        self.channels = (Channel("level", "m", -3, -500, 30000),)

    def requests(self):
        """Unit, decimals and level in one read, so that they belong together."""
        return [(0x0002, 3)]

    def mean(self, words):
        """The level, scaled by the option or by the unit and decimals that came with it."""
        scale = COUNTS.get(self.settings.get("count"))
        if scale is None:
            if words[2] not in LENGTHS or words[3] > 4:
                return [fault(self.channels[0])]
            scale = LENGTHS[words[2]] - words[3]
        count = words[4] - 0x10000 if words[4] & 0x8000 else words[4]
        return [reading(self.channels[0], rescale(count, scale, -3))]
