"""Opening a node's journal: what is stored stays, and bytes that are no journal are kept aside."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

from agent.buffer.journal import Journal
from agent.buffer.state import StateStore
from agent.linux.flash import SEGMENT, FileFlash

KEPT = 2  # copies; the oldest goes
_Tell = Callable[[str], object]


def open_journal(
    folder: Path,
    size: int,
    make: Callable[[FileFlash], Journal],
    tell: _Tell,
    on_sync: Callable[[], object] = lambda: None,
) -> tuple[FileFlash, Journal]:
    """The flash of a folder and its journal, mounted; make builds the Journal, tell gets sentences.

    A size below what is stored changes nothing. Segments that hold bytes and nothing of a journal
    (another program's, a newer format's) move to ``foreign-N``; where there is no room for fresh
    ones beside them, they are used again. OSError only where not even an ordinary start has room.
    """
    stored = _segments(folder)
    held = len(stored) and (int(stored[-1].name[-4:]) + 1) * SEGMENT
    if held > size:
        tell(
            f"journal.size is below the {held >> 20} MB that are stored: the larger size stays "
            "until the folder is emptied"
        )
        size = held
    flash = FileFlash(folder, size, on_sync)
    journal = make(flash)
    journal.mount()
    if not journal.foreign:
        return flash, journal
    state = StateStore(flash).get()
    place = _move_aside(folder, tell)  # while nobody else can have the folder
    flash.close()
    flash = _fresh(folder, size, on_sync, tell, place)
    if state is not None:
        StateStore(flash).put(state)
    journal = make(flash)
    journal.mount()
    return flash, journal


def _move_aside(folder: Path, tell: _Tell) -> Path | None:
    """The folder that has the segments now; None if they could not be moved."""
    copies = _copies(folder)
    place = folder / f"foreign-{int(copies[-1].name[8:]) + 1 if copies else 1}"
    try:
        place.mkdir()
        for segment in _segments(folder):
            segment.rename(place / segment.name)
    except OSError as error:
        tell(f"what was stored is no journal and cannot be kept: {error.strerror}")
        return None
    tell(f"what was stored is no journal: it starts empty, the bytes are kept in {place}")
    _forget(folder, KEPT)
    return place


def _fresh(
    folder: Path, size: int, on_sync: Callable[[], object], tell: _Tell, place: Path | None
) -> FileFlash:
    """Fresh segments, as far as there is room beside those in place."""
    if place is not None:
        for _ in range(KEPT):
            try:
                return FileFlash(folder, size, on_sync)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                sentence = error.strerror
                _forget(folder, 1)
        tell(f"{sentence}; what was kept is overwritten as far as needed")
        for segment in _segments(place):
            if not (folder / segment.name).exists():
                segment.rename(folder / segment.name)
    return FileFlash(folder, size, on_sync)


def _segments(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("segment-*") if path.name[8:].isdigit())


def _copies(folder: Path) -> list[Path]:
    """The folders of what was kept, oldest first."""
    found = [path for path in folder.glob("foreign-*") if path.name[8:].isdigit()]
    return sorted(found, key=lambda path: int(path.name[8:]))


def _forget(folder: Path, keep: int) -> None:
    for path in _copies(folder)[:-keep]:
        shutil.rmtree(path, ignore_errors=True)
