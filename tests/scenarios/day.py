"""A simulated day: losses, an outage, a flood, two power cuts. Prints a hash of the transcript,
which is the same on every runtime. ``python tests/scenarios/day.py [seed]``; so under MicroPython.
"""

import hashlib
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/../..")

from simulators.world.signer import DigestSigner, DigestVerifier
from tests.scenarios.pole import Pole

HOUR = 3600000


def day(seed):
    """Live through the day; returns the Pole."""
    device, platform = b"device", b"platform"
    pole = Pole(
        seed,
        DigestSigner(device),
        DigestVerifier([device]),
        DigestSigner(platform),
        DigestVerifier([platform]),
    )
    pole.run(4 * HOUR)
    pole.set_network(True, loss=150)
    pole.run(8 * HOUR)
    pole.set_network(False)
    pole.run(9 * HOUR)
    pole.level.jump(500)
    pole.run(10 * HOUR)
    pole.cut_power()
    pole.run(11 * HOUR)
    pole.set_network(True, loss=50)
    pole.run(14 * HOUR)
    pole.cut_power()
    pole.level.jump(20)
    pole.run(24 * HOUR)
    # A minute without loss, so that the last acknowledgement is no matter of luck.
    pole.set_network(True)
    pole.agent.stop_sampling()
    pole.run(24 * HOUR + 1200000)
    return pole


def transcript_hash(pole):
    """64 hex digits over every line of the transcript."""
    digest = hashlib.sha256("\n".join(pole.transcript).encode()).digest()
    return "".join(["%02x" % byte for byte in digest])


def summary(pole):
    """The lines that must be equal on every runtime."""
    return [
        "frames %d, rows %d, asked %d"
        % (
            len(pole.ingester.contents),
            len(pole.ingester.rows),
            sum([len(part) for part in pole.made]),
        ),
        "alarms %s" % (pole.ingester.alarms,),
        "repeats %d, refused %d, conflicts %d"
        % (pole.ingester.repeats, pole.ingester.refused, pole.ingester.conflicts),
        "transcript %s" % transcript_hash(pole),
    ]


if __name__ == "__main__":
    print("\n".join(summary(day(int(sys.argv[1]) if len(sys.argv) > 1 else 5))))
