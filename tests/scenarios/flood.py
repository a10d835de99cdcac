"""A bad half hour of an underpass, without any network: its sensor sticks, is drowned and dies, and
the power goes while the alarm is on. Prints what came of it and a hash of the transcript, the same
on every runtime. ``python tests/scenarios/flood.py [seed]``; so under MicroPython.
"""

import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/../..")

from agent import frame, frame_reader
from agent.protocols import cose
from agent.settings import DeviceSettings
from simulators.world.sensors import relay_board
from simulators.world.signal import Signal
from simulators.world.signer import DigestSigner, DigestVerifier
from tests.scenarios.day import transcript_hash
from tests.scenarios.pole import Pole

MINUTE = 60000
STUCK_AFTER = 3 * MINUTE
RELAYS = {
    "name": "relays",
    "driver": "relay-board",
    "every_ms": 10000,
    "options": {"address": 20, "relays": 1},
    "alarms": [],
    "drives": [["relay1", ["underpass/level"], 1, 0, 0, ""]],
}


def flood(seed):
    """Live through it; returns the Pole, with ``siren``: (instant, how the relay stands)."""
    device, platform = b"device", b"platform"
    pole = Pole(
        seed,
        DigestSigner(device),
        DigestVerifier([device]),
        DigestSigner(platform),
        DigestVerifier([platform]),
        every_ms=10000,
        seal_ms=MINUTE,
        beacon_ms=MINUTE,
    )
    pole.board = relay_board.Twin(20, {"relay1": Signal(pole.dice, 0, 0, 0, 1)}, nothing)
    pole.twins["rs485"].append(pole.board)
    pole.settings.lines[0].devices[0].checks = [
        ["level", 0, None, None, None, STUCK_AFTER, None, None]
    ]
    pole.settings.lines[0].devices.append(DeviceSettings(RELAYS))
    pole.siren = []
    sensor, walk = pole.twins["rs485"][0], pole.level.step
    pole.boot("power-on")
    live(pole, 3)
    pole.set_network(False)
    live(pole, 5)
    pole.level.step = 0  # it sticks
    live(pole, 10)
    pole.level.step = walk
    live(pole, 12)
    pole.level.high = 3200
    pole.level.jump(600)  # the flood
    live(pole, 14)
    pole.level.step = 0
    pole.level.jump(3150)  # it is under water
    live(pole, 16)
    sensor.fault = "silent"  # and dies of it
    live(pole, 18)
    pole.cut_power()
    live(pole, 20)
    sensor.fault = ""  # it was only its plug
    pole.level.jump(270)  # above clear, below the limit
    live(pole, 22)
    pole.level.step = walk
    pole.level.jump(20)
    live(pole, 24)
    pole.set_network(True)
    pole.agent.stop_sampling()
    live(pole, 34)
    return pole


def live(pole, minute):
    """Let it go on until a minute, and note when the siren changes."""
    while pole.now < minute * MINUTE:
        pole.run(min(minute * MINUTE, pole.now + 1000))
        state = pole.board.signals["relay1"].value
        if not pole.siren or pole.siren[-1][1] != state:
            pole.siren.append((pole.now, state))


def nothing(channel, now, value):
    pass


def told(pole):
    """[(UTC ms, state, state beneath)] of the alarms, by their sequence."""
    contents = pole.ingester.contents
    found = []
    for key in sorted(contents):
        got = frame_reader.decode(cose.parse1(contents[key]).payload)
        if got.kind == frame.ALARM_FRAME:
            time = got.time_ms + (0 if got.time_quality < 2 else pole.ingester.offsets[got.boot])
            found.append((time - pole.ingester.utc_offset, got.body[3], got.body.get(10)))
    return found


if __name__ == "__main__":
    lived = flood(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    print("alarms %s" % (told(lived),))
    print("siren %s" % (lived.siren,))
    print("transcript %s" % transcript_hash(lived))
