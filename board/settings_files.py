"""Settings of a board that an order brought: on trial in its slot, kept, or taken back. In a slot
only where the settings say ``remote_settings = true``.

In the slot's folder lie ``settings.bin``, in force; ``settings.old``, those of before, as long as
the trial lasts; ``settings.note``, whose they are. Each is replaced whole: a power cut leaves the
old settings in force, or the new ones.

A trial ends well with an acknowledgement or, where the way to the platform is the same as before,
after ten minutes. Settings that the software fails under, by an error or the watchdog, are taken
back at once; those that lead to no platform, after a day.
"""

import os

from agent.drivers import load
from agent.errors import BadFrame, BadSettings
from agent.protocols import cbor
from agent.settings import unpack
from agent.settings_order import KEPT, ROLLED_BACK, tell

IN_FORCE, OLD, NOTE, PARTS = "settings.bin", "settings.old", "settings.note", "settings.part"
GOOD_AFTER_MS = 600000
BACK_AFTER_MS = 86400000
_DIGEST = 32


class SettingsFiles:
    """The SettingsStore port. folder: of the slot, "/" at the end; present: what is in force."""

    limit = 8192

    def __init__(self, folder, present):
        self._folder = folder
        self._present = present

    def begun(self, digest):
        """How many bytes of the settings with this digest are there already."""
        data = _read(self._folder + PARTS) or b""
        return len(data) - _DIGEST if data[:_DIGEST] == digest else 0

    def add(self, digest, offset, part):
        """Keep a part; one at offset 0 begins anew."""
        with open(self._folder + PARTS, "ab" if offset else "wb") as file:
            file.write(part if offset else digest + part)

    def whole(self):
        """All parts."""
        return _read(self._folder + PARTS)[_DIGEST:]

    def judge(self, whole, platform):
        """The hash of these settings. BadSettings for damaged ones, for drivers that this slot does
        not hold or options that they do not take, and for what no order may change."""
        new, old = unpack(whole), self._present
        if _who(new) != _who(old):
            raise BadSettings(["who the pole is and whom it trusts is not changed by an order"])
        if not platform and _way(new) != _way(old):
            raise BadSettings(["uplink is not changed by such an order"])
        try:
            for line in new.lines:
                for part in line.devices:
                    load(part.driver)(part.options)
        except (AttributeError, KeyError, ValueError, TypeError, MemoryError) as error:
            raise BadSettings(["a driver cannot work with them: %r" % error])
        return new.hash

    def change(self, whole, note):
        """They apply from the next start on, on trial."""
        new_way = _way(unpack(whole)) != _way(self._present)
        _write(self._folder + NOTE, cbor.encode([note, new_way, ""]))
        _write(self._folder + OLD, _read(self._folder + IN_FORCE))
        _write(self._folder + IN_FORCE, whole)
        os.remove(self._folder + PARTS)


class Trial:
    """Settings on trial, or taken back; ``over``: the latter, or nothing."""

    def __init__(self, folder):
        """Make one of what lies in the slot's folder."""
        self._folder = folder
        self._since = None
        self._items = _note(folder)
        old = _read(folder + OLD)
        if (
            self._items is not None
            and not self._items[2]
            and (old is None or old == _read(folder + IN_FORCE))
        ):
            # The power went before they were in force, or after they were kept.
            self._items = None
        if self._items is None:
            _remove(folder + OLD)
            _remove(folder + NOTE)
        elif self._items[2] and old is not None:
            os.rename(folder + OLD, folder + IN_FORCE)
        self.over = self._items is None or bool(self._items[2])

    def back(self, reason):
        """Put the settings of before in force again, from the next start on."""
        self._items[2] = reason or "for no reason given"
        _write(self._folder + NOTE, cbor.encode(self._items))
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
        _remove(self._folder + OLD)
        _remove(self._folder + NOTE)


def begin(folder, reset_reason):
    """At each start, before the settings are read: their Trial. One that ended by the watchdog
    takes them back."""
    trial = Trial(folder)
    if not trial.over and reset_reason == "watchdog":
        trial.back("watchdog")
    return trial


def _who(settings):
    far = settings.district
    return (settings.pole_id, settings.platform_key, far.platform_key if far else None)


def _way(settings):
    far = settings.district
    return (settings.carrier, settings.url, (far.carrier, far.url) if far else None)


def _note(folder):
    """[note, whether the way is a new one, why they were taken back], or None."""
    try:
        return cbor.decode(_read(folder + NOTE) or b"")
    except BadFrame:
        return None


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _write(path, data):
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.rename(path + ".new", path)


def _remove(path):
    try:
        os.remove(path)
    except OSError:
        pass
