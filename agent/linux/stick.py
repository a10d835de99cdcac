"""What a courier carries: a folder with the frames of each pole, and the platform's answers.

``POLE.frames`` is a CBOR sequence of frames (RFC 8742), which `pole frames` reads too;
``POLE.acks`` one of signed acknowledgements. Each is written whole under another name first, so a
stick that is pulled out keeps the old file or has the new one.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from agent.errors import BadFrame
from agent.frame import MAX_FRAME
from agent.linux.whole_files import replace
from agent.protocols import cbor

FRAMES, ACKS = ".frames", ".acks"
MAX_ITEM = MAX_FRAME + 64  # downlinks may have 1,024 bytes


class Stick:
    """A folder. OSError where it cannot be read or written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def poles(self) -> list[str]:
        """The poles whose frames it holds."""
        return sorted(path.stem for path in self.folder.glob(f"*{FRAMES}"))

    def frames(self, pole: str) -> list[bytes]:
        """The frames of a pole, as they were collected; [] for none."""
        return self._read(pole, FRAMES)

    def acks(self, pole: str) -> list[bytes]:
        """The acknowledgements for a pole, the oldest first; [] for none."""
        return self._read(pole, ACKS)

    def add_frames(self, pole: str, frames: Iterable[bytes]) -> int:
        """Add what is not there yet; returns how many that were. The last comes last again."""
        return self._add(pole, FRAMES, frames)

    def add_acks(self, pole: str, acks: Iterable[bytes]) -> int:
        """Add what is not there yet; returns how many that were."""
        return self._add(pole, ACKS, acks)

    def _read(self, pole: str, ending: str) -> list[bytes]:
        try:
            data = self._path(pole, ending).read_bytes()
        except FileNotFoundError:
            return []
        return list(split(data))

    def _add(self, pole: str, ending: str, items: Iterable[bytes]) -> int:
        before = self._read(pole, ending)
        known = set(before)
        new = [item for item in dict.fromkeys(items) if item not in known]
        if new:
            self._write(self._path(pole, ending), b"".join(before + new))
        return len(new)

    def _path(self, pole: str, ending: str) -> Path:
        if "/" in pole or pole in ("", ".", ".."):
            raise BadFrame(f"no name of a pole: {pole!r}")
        return self.folder / f"{pole}{ending}"

    def _write(self, path: Path, data: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        replace(path, data)


def split(data: bytes) -> Iterator[bytes]:
    """The whole items of a sequence; it ends at the first that is none, or is cut off."""
    at = 0
    while at < len(data):
        try:
            size = cbor.decode_first(data[at : at + MAX_ITEM])[1]
        except BadFrame:
            return
        yield data[at : at + size]
        at += size
