"""What may be wrong with a board on the bench."""

from dataclasses import dataclass


@dataclass
class Faults:
    """Each fault is off by default. Blocks are the loader's data blocks, counted from 1 over the
    board's life. ``flip_times`` and ``brown_out_times`` say how often before it is well again."""

    dead_from: int | None = None  # flash address from which programs change nothing
    flip_at: int | None = None  # flash address whose lowest bit is written wrong
    flip_times: int = 1 << 30
    lost_reply: int | None = None  # this block is taken, its reply never arrives
    lost_read: int = 0  # of so many readings of the flash the reply never arrives
    lost_erase: int = 0  # of so many erases, which are carried out
    no_stub: bool = False  # the stub loader is taken, and never answers
    brown_out: int | None = None  # the supply breaks down at this block, and the chip restarts
    brown_out_times: int = 1 << 30
    unplug: int | None = None  # the cable is pulled at this block
    silent: bool = False  # nothing answers: a charge-only cable, or no power
    mute_application: bool = False  # the application never says anything
    secure_boot: bool = False  # by its eFuses it takes signed firmware alone
    encrypted: bool = False  # and reads its flash by a key of its own
    secure_download: bool = False  # and answers hardly anything (an ESP32-S3)

    def flip(self, at: int, data: bytes) -> bytes:
        """data as it arrives in the flash at address ``at``."""
        if self.flip_at is None or not at <= self.flip_at < at + len(data) or not self.flip_times:
            return data
        self.flip_times -= 1
        damaged = bytearray(data)
        damaged[self.flip_at - at] ^= 1
        return bytes(damaged)
