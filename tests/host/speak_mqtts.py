"""Under MicroPython, in a folder with the files of board/tls.py: a board's carrier connects.

Arguments: where the tree is, URL, how many connections may fail, and the UTC in ms that the
platform tells once a connection stands, or 0. Says ``down REASON`` for each that failed, ``hops N``
for frames that the server has.
"""

import sys
import time

root, url, patience, told = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
sys.path[:0] = [root, root + "/simulators/board_modules"]

from agent.events import CARRIER_DOWN, CARRIER_HOP, CARRIER_UP  # noqa: E402
from board import clock  # noqa: E402
from board.mqtt import Carrier  # noqa: E402

FRAMES = 5
carrier = Carrier(url, "p1")
end = time.ticks_add(time.ticks_ms(), 20000)
hops = 0
carrier.connect(time.ticks_ms())
while patience and hops < FRAMES:
    if time.ticks_diff(end, time.ticks_ms()) < 0:
        print("waited in vain", carrier.last_error)
        sys.exit(1)
    for event, detail in carrier.poll(time.ticks_ms()):
        if event == CARRIER_UP and told:
            clock.prove(told)
            told = 0
        elif event == CARRIER_UP:
            for number in range(FRAMES):
                carrier.offer(1, bytes(1000), number)
        elif event == CARRIER_HOP:
            hops += 1
        elif event == CARRIER_DOWN:
            print("down", detail)
            patience -= 1
            carrier.connect(time.ticks_ms())
    time.sleep_ms(2)
carrier.close()
print("hops", hops)
