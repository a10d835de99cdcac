"""The button on the board: held for three seconds, or down when the power comes, it opens the
board's page over a Wi-Fi of its own for a while (board.page).

Loaded only where `pole commission board --button` has laid a page beside the application, in the
folder ``page`` of its slot: so an update, whose journal that page might not be able to read, takes
it away. ``open.py`` there opens it, and says for how long. The board starts anew for it, for the
page has an agent of its own, which needs the memory of this one.
"""

import os
import sys
import time

import machine

from board.clock import BoardClock

HOLD_MS = 3000
BOUNCE_MS = 50  # a contact that opens for less is still held
_ASKED = "asked"  # a file: the start after this one opens the page


class Button:
    """What is looked at between steps, where there is a page. watch: what was looked at before
    (board.app.Watch); dog: the watchdog. Does not return where the page is to be opened now."""

    def __init__(self, board, slots, dog, watch):
        self.restart = False
        self._watch = watch
        self._pin = machine.Pin(board.button, machine.Pin.IN, machine.Pin.PULL_UP)
        self._clock = BoardClock()
        self._folder = slots.folder() + "page/"
        self._since = None  # when it went down
        self._down_at = 0  # when it was seen down last
        self._was_up = False  # one that is stuck opens nothing
        asked = _ASKED in os.listdir(self._folder[:-1])
        if asked:
            os.remove(self._folder + _ASKED)
        if asked or (board.reset_reason() == "power-on" and self._down()):
            self._open(slots, dog)

    def over(self) -> bool:
        """Whether to end in order: for what was looked at before, or to open the page."""
        if self._watch.over():
            self.restart = self._watch.restart
            return True
        if self._held(self._clock.now_ms()):
            with open(self._folder + _ASKED, "w"):
                pass
            self.restart = True
            print("button: the page is asked for")
        return self.restart

    def _held(self, now):
        if self._pin():
            self._was_up = True
            if now - self._down_at > BOUNCE_MS:
                self._since = None
            return False
        self._down_at = now
        if self._since is None:
            self._since = now
        return self._was_up and now - self._since >= HOLD_MS

    def _down(self):
        """Whether it is down, and not only for an instant."""
        for _ in range(5):
            if self._pin():
                return False
            time.sleep_ms(BOUNCE_MS // 5)
        return True

    def _open(self, slots, dog):
        with open(self._folder + "open.py") as file:
            code = file.read()
        sys.path.insert(0, self._folder[:-1])
        self._watch = None
        _empty(sys.modules)
        exec(code, {"slots": slots, "dog": dog})


def _empty(modules):
    """Forget all of this application: the page brings its own, and needs the room."""
    for name in list(modules):
        if name.split(".")[0] in ("agent", "board"):
            module = modules.pop(name)
            for each in dir(module):
                if not each.startswith("__"):
                    delattr(module, each)
