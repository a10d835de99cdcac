"""What a part of the torture explored, and what it found."""

import hashlib
from dataclasses import dataclass, field


@dataclass
class Tally:
    """``states``: hashes of the distinct images that were mounted; ``violations``: each with the
    name that ``--replay`` takes. ``only``: that name, to play one state again; ``stop``: at the
    first violation."""

    only: str = ""
    stop: bool = False
    cut_points: int = 0
    states: set[int] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)

    def wanted(self, name: str) -> bool:
        """Whether the state of this name is to be explored."""
        return not self.done() and self.only in ("", name)

    def done(self) -> bool:
        """Whether enough was seen."""
        return self.stop and bool(self.violations)

    def saw(self, image: bytes | bytearray) -> None:
        """Count an image of the flash."""
        digest = hashlib.blake2b(image, digest_size=8).digest()
        self.states.add(int.from_bytes(digest, "big"))

    def found(self, name: str, texts: list[str]) -> None:
        """Note what was violated in the state of this name."""
        self.violations += [f"{name}: {text}" for text in texts]

    def add(self, other: "Tally") -> None:
        """Take in what another process saw."""
        self.cut_points += other.cut_points
        self.states |= other.states
        self.violations += other.violations
