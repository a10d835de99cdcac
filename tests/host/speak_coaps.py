"""Under MicroPython, in a folder with the files of board/tls.py: a board's carrier speaks DTLS.

Arguments: where the tree is, URL, how many frames, and ``stay`` to go on silently until the session
ends. Says ``all`` where it stays and every frame is answered, ``failed REASON`` for each frame that
was refused, ``down REASON`` for the session that ended the trial, and ``hops N``.
"""

import sys
import time

root, url, frames = sys.argv[1], sys.argv[2], int(sys.argv[3])
stays = sys.argv[4:] == ["stay"]
sys.path[:0] = [root, root + "/simulators/board_modules"]

from agent.events import CARRIER_DOWN, CARRIER_FAILED, CARRIER_HOP  # noqa: E402
from board.coap import Carrier  # noqa: E402
from board.entropy import Entropy  # noqa: E402

carrier = Carrier(url, "p1", Entropy())
end = time.ticks_add(time.ticks_ms(), 20000)
offered = hops = failed = 0
down = False
carrier.connect(time.ticks_ms())
while not down and (stays or hops + failed < frames):
    if time.ticks_diff(end, time.ticks_ms()) < 0:
        print("waited in vain", carrier.last_error)
        sys.exit(1)
    while offered < frames and carrier.room():
        carrier.offer(1, bytes(1000), offered)
        offered += 1
    for event, detail in carrier.poll(time.ticks_ms()):
        if event == CARRIER_HOP:
            hops += 1
            if stays and hops == frames:
                print("all")
        elif event == CARRIER_FAILED:
            failed += 1
            print("failed", carrier.last_error)
        elif event == CARRIER_DOWN:
            print("down", detail)
            down = True
    time.sleep_ms(2)
carrier.close()
print("hops", hops)
