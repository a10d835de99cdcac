"""The trial of settings that an order brought to a board. Loaded at a start that finds their note.

A trial ends well with an acknowledgement or, where the way to the platform is the same as before,
after ten minutes. Settings that the software fails under, by an error or the watchdog, are taken
back at once; those that lead to no platform, after a day.
"""

import os

from agent.errors import BadFrame
from agent.protocols import cbor
from agent.settings_order import KEPT, ROLLED_BACK, tell
from board.whole_files import read, remove, replace

IN_FORCE, OLD, NOTE = "settings.bin", "settings.old", "settings.note"
GOOD_AFTER_MS = 600000
BACK_AFTER_MS = 86400000


class Trial:
    """Settings on trial, or taken back; ``over``: the latter, or nothing."""

    def __init__(self, folder):
        """Make one of what lies in the slot's folder."""
        self._folder = folder
        self._since = None
        self._items = _note(folder)
        old = read(folder + OLD)
        if (
            self._items is not None
            and not self._items[2]
            and (old is None or old == read(folder + IN_FORCE))
        ):
            # The power went before they were in force, or after they were kept.
            self._items = None
        if self._items is None:
            remove(folder + OLD)
            remove(folder + NOTE)
        elif self._items[2] and old is not None:
            os.rename(folder + OLD, folder + IN_FORCE)
        self.over = self._items is None or bool(self._items[2])

    def back(self, reason):
        """Put the settings of before in force again, from the next start on."""
        self._items[2] = reason or "for no reason given"
        replace(self._folder + NOTE, cbor.encode(self._items))
        os.rename(self._folder + OLD, self._folder + IN_FORCE)
        self.over = True

    def look(self, agent, now):
        """Called after each step of the agent: tell what came of it; restart it at a bad end."""
        if self._items is None:
            return
        if self._since is None:
            self._since = now
            if self.over:
                self._end(agent, ROLLED_BACK, now)
            return
        passed = now - self._since
        same_way = not self._items[1]
        if agent.uplink.acknowledged_at is not None or (same_way and passed >= GOOD_AFTER_MS):
            self._end(agent, KEPT, now)
        elif passed >= BACK_AFTER_MS:
            self.back("no acknowledgement within a day")
            self._items = None
            agent.restart = True

    def _end(self, agent, outcome, now):
        tell(agent, [outcome] + self._items[0] + [self._items[2]], now)
        agent.step(now)  # sealed before the note of it goes
        self._items = None
        self.over = True
        remove(self._folder + OLD)
        remove(self._folder + NOTE)


def begin(folder, reset_reason):
    """At each start, before the settings are read: their Trial. One that ended by the watchdog
    takes them back."""
    trial = Trial(folder)
    if not trial.over and reset_reason == "watchdog":
        trial.back("watchdog")
    return trial


def _note(folder):
    """[note, whether the way is a new one, why they were taken back], or None."""
    try:
        return cbor.decode(read(folder + NOTE) or b"")
    except BadFrame:
        return None
