"""Winsen ZE03 electrochemical gas modules (CO, H2S, NH3, O2, SO2, NO2, Cl2, O3), serial, asked.
Unproven: no published reply of a ZE03 was found.

Source: the published Arduino library for the ZE03 (fega/winsen-ze03-arduino-library): the read
``FF 01 86 00 00 00 00 00 79`` is answered by nine bytes ``FF 86 hi lo ... check``; check is the
two's complement of the sum of bytes 1 to 7. One count is 1 ppm for CO, NH3 and H2S, 0.1 ppm for
SO2, NO2, Cl2 and O3, 0.1 %VOL for O2 (the library's table). The module must be in question and
answer mode already: the driver sends no mode and no calibration command. The ranges are those of
Winsen's leaflets and not verified; the warm-up is not documented, 180 s are assumed.
"""

from agent.drivers.driver import Option
from agent.drivers.frames import FrameDevice, complement
from agent.reading import Channel

GASES = (
    Channel("co", "ppm", 0, 0, 1000),
    Channel("h2s", "ppm", 0, 0, 100),
    Channel("nh3", "ppm", 0, 0, 100),
    Channel("o2", "%", -1, 0, 250),
    Channel("so2", "ppm", -1, 0, 200),
    Channel("no2", "ppm", -1, 0, 200),
    Channel("cl2", "ppm", -1, 0, 200),
    Channel("o3", "ppm", -1, 0, 200),
)


class Device(FrameDevice):
    model = "winsen-ze03"
    title = "Winsen ZE03 gas module"
    kind = "gas"
    proven = False
    source = "published Arduino library for the ZE03, no reply captured"
    warm_up_ms = 180000
    timeout_ms = 2000
    request = b"\xff\x01\x86\x00\x00\x00\x00\x00\x79"
    size = 9
    start = b"\xff\x86"
    sound = staticmethod(complement)
    at = (2,)
    options = (
        Option(
            "gas",
            "choice",
            "co",
            "which gas it measures",
            choices=tuple([channel.name for channel in GASES]),
        ),
    )

    def __init__(self, options):
        super().__init__(options)
        gas = options.get("gas", "co")
        self.channels = tuple([channel for channel in GASES if channel.name == gas])
