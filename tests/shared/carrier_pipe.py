"""Runs the carriers' contract in a process of its own; the far end is beyond stdin and stdout.

``micropython tests/shared/carrier_pipe.py mqtt|coap URL``: a line starting with ``?`` asks the far
end (``?stop``, ``?start``, ``?received DEVICE``, ``?downlink DEVICE HEX``) and is answered by one
line, hexadecimal frames as ``LANE:HEX``. Each check that passes is a line ``ok NAME``.
"""

import sys
import time

HERE = __file__.rpartition("/")[0] or "."
sys.path.insert(0, HERE + "/../..")

from simulators.world.dice import Dice  # noqa: E402
from tests.shared import contracts_carrier  # noqa: E402


class PipedFar:
    """The far end, asked line by line."""

    patience = 20000

    def __init__(self, name, url):
        self.name = name
        self.url = url
        self.keeps_sessions = name == "mqtt"
        self.carriers = []

    def carrier(self, device):
        if self.name == "mqtt":
            from board.mqtt import Carrier
        else:
            from board.coap import Carrier
        self.carriers.append(Carrier(self.url, device, Dice(int(time.time()))))
        return self.carriers[-1]

    def now(self):
        return int(time.time() * 1000)

    def received(self, device):
        frames = []
        while True:
            answer = _ask("received %s %d" % (device, len(frames))).split()
            if not answer:
                return frames
            frames.append((int(answer[0]), bytes.fromhex(answer[1])))

    def downlink(self, device, data):
        _ask("downlink %s %s" % (device, data.hex()))

    def stop(self):
        _ask("stop")

    def start(self):
        _ask("start")


def _ask(question):
    sys.stdout.write("?%s\n" % question)
    if hasattr(sys.stdout, "flush"):
        sys.stdout.flush()
    return sys.stdin.readline().strip()


def main(name, url):
    far = PipedFar(name, url)
    for check in contracts_carrier.CHECKS:
        for _ in check(far):
            time.sleep(0.002)
        while far.carriers:
            far.carriers.pop().close()
        print("ok %s" % check.__name__ if hasattr(check, "__name__") else "ok")


main(sys.argv[1], sys.argv[2])
