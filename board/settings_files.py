"""Settings that orders bring to a board: kept in parts, judged, and put in force for a trial
(board.settings_trial). In a slot only where the settings say ``remote_settings = true``.

In the slot's folder lie ``settings.bin``, in force; ``settings.old``, those of before, as long as
the trial lasts; ``settings.note``, whose they are. Each is replaced whole: a power cut leaves the
old settings in force, or the new ones.
"""

from agent.drivers import load
from agent.errors import BadSettings
from agent.protocols import cbor
from agent.settings import unpack
from board.whole_files import read, remove, replace

IN_FORCE, OLD, NOTE, PARTS = "settings.bin", "settings.old", "settings.note", "settings.part"
_DIGEST = 32


class SettingsFiles:
    """The SettingsStore port. folder: of the slot, "/" at the end; present: what is in force."""

    limit = 8192

    def __init__(self, folder, present):
        self._folder = folder
        self._present = present

    def begun(self, digest):
        """How many bytes of the settings with this digest are there already."""
        data = read(self._folder + PARTS) or b""
        return len(data) - _DIGEST if data[:_DIGEST] == digest else 0

    def add(self, digest, offset, part):
        """Keep a part; one at offset 0 begins anew."""
        with open(self._folder + PARTS, "ab" if offset else "wb") as file:
            file.write(part if offset else digest + part)

    def whole(self):
        """All parts."""
        return read(self._folder + PARTS)[_DIGEST:]

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
        replace(self._folder + NOTE, cbor.encode([note, new_way, ""]))
        if read(self._folder + OLD) is None:  # what is on trial itself is nothing to fall back to
            replace(self._folder + OLD, read(self._folder + IN_FORCE))
        replace(self._folder + IN_FORCE, whole)
        remove(self._folder + PARTS)


def _who(settings):
    far = settings.district
    return (settings.pole_id, settings.platform_key, far.platform_key if far else None)


def _way(settings):
    far = settings.district
    return (settings.carrier, settings.url, (far.carrier, far.url) if far else None)
