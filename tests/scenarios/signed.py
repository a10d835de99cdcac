"""Thirty frames with real SM2 and a seeded nonce, verified by the ingester. Prints the transcript's
hash, which is the same on every runtime.
"""

import hashlib
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/../..")

from agent.protocols.signers import SoftSigner, SoftVerifier
from simulators.world.dice import Dice
from tests.scenarios.pole import Pole


def live():
    """A pole that reports until thirty frames have come; returns it."""
    device = SoftSigner(0x1234567890ABCDEF, Dice(11))
    platform = SoftSigner(0xFEDCBA0987654321, Dice(12))
    pole = Pole(
        3,
        device,
        SoftVerifier([device.public]),
        platform,
        SoftVerifier([platform.public]),
        every_ms=10000,
        seal_ms=30000,
        beacon_ms=120000,
    )
    while len(pole.ingester.contents) < 30:
        pole.run(pole.now + 10000)
    return pole


if __name__ == "__main__":
    pole = live()
    digest = hashlib.sha256("\n".join(pole.transcript).encode()).digest()
    print("frames %d, refused %d" % (len(pole.ingester.contents), pole.ingester.refused))
    print("transcript %s" % "".join(["%02x" % byte for byte in digest]))
