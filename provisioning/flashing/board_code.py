"""What the workstation asks a board that runs MicroPython, in the board's own language."""

import ast
from dataclasses import dataclass
from typing import Any

from provisioning.flashing.repl import Repl

_RUNNING = """
import sys, hashlib
from esp32 import Partition
part = Partition(Partition.RUNNING)
hash, left, piece = hashlib.sha256(), {size}, bytearray(4096)
for block in range((left + 4095) // 4096):
    part.readblocks(block, piece, 0)
    hash.update(memoryview(piece)[: min(4096, left)])
    left -= 4096
print(repr((".".join([str(x) for x in sys.implementation[1][:3]]), hash.digest().hex())))
"""
_PICO = """
import machine, network
part = machine.mem32[0x40000000] >> 12 & 0xFFFF  # CHIP_ID, of both chips
wlan = network.WLAN(network.STA_IF)
if not any(wlan.config("mac")):
    wlan.active(True)  # its radio knows it
mac = wlan.config("mac")
print(repr(({2: "rp2040", 4: "rp2350"}.get(part, "?"), mac.hex())))
"""
_FLASH_HASH = """
import hashlib, uctypes
hash = hashlib.sha256()
for at, end in %r:
    while at < end:
        hash.update(uctypes.bytearray_at(at, min(4096, end - at)))
        at += 4096
print(hash.digest().hex())
"""
_FORMAT = """
import os, rp2, vfs
flash = rp2.Flash()
os.chdir("/")
vfs.umount("/")
for block in range(flash.ioctl(4, 0) - 1 if %r else 1, -1, -1):
    flash.ioctl(6, block)
vfs.VfsLfs2.mkfs(flash, progsize=256)
vfs.mount(vfs.VfsLfs2(flash, progsize=256), "/")
"""
_VERSION = "import sys; print('.'.join([str(x) for x in sys.implementation[1][:3]]))"
_INSTALLED = """
import os
names = os.listdir("/")
state = (None, False, "")
# It is written last, in one piece: without it slots.mpy may be cut off, and must not be loaded.
starter = "main.py" in names and os.stat("/main.py")[6] > 0
if starter:
    import slots
    made = slots.Slots()
    state = (made.active, made.confirmed, made.reason)
print(repr(("device.key" in names, starter) + state))
"""


@dataclass(frozen=True)
class Installed:
    """What lies on a board. key: whether it has an identity; starter: whether main.py and slots are
    there; slot: "a", "b" or None; confirmed, reason: of that slot, see board/slots.py."""

    key: bool
    starter: bool
    slot: str | None
    confirmed: bool
    reason: str


def running(repl: Repl, size: int) -> tuple[str, str]:
    """(version, SHA-256 in hex) of the firmware that runs: of its first size bytes in flash."""
    found: tuple[str, str] = ast.literal_eval(repl.run(_RUNNING.format(size=size), None, 120))
    return found


def version(repl: Repl) -> str:
    """The version of MicroPython that runs."""
    return repl.run(_VERSION)


def pico(repl: Repl) -> tuple[str, str]:
    """(chip, MAC) of a Pico W or Pico 2 W: "rp2040" or "rp2350", "28:cd:c1:00:00:01"."""
    chip, mac = ast.literal_eval(repl.run(_PICO))
    return chip, bytes.fromhex(mac).hex(":")


def flash_hash(repl: Repl, spans: list[tuple[int, int]]) -> str:
    """The SHA-256 in hex of those (begin, end) of a Pico's flash, by address."""
    return repl.run(_FLASH_HASH % (spans,), None, 60)


def format_pico(repl: Repl, wipe: bool) -> None:
    """Give a Pico an empty file system. wipe: every byte of the old one goes, the superblocks last,
    so that a board whose wiping was cut short is not taken for a blank one."""
    repl.run(_FORMAT % (wipe,), None, 180)


def installed(repl: Repl) -> Installed:
    """What lies on the board."""
    found: tuple[Any, ...] = ast.literal_eval(repl.run(_INSTALLED))
    return Installed(*found)


def use(repl: Repl, folder: str) -> None:
    """From now on import from a slot's folder, "/" at the end."""
    repl.run(f"import sys; sys.path.insert(0, {folder[:-1]!r})")


def public(repl: Repl) -> bytes:
    """The board's public key, 65 bytes; the private half is made there and stays there."""
    code = "from board import identity; print(identity.make().hex())"
    return bytes.fromhex(repl.run(code, None, 60))


def sign(repl: Repl, message: bytes) -> bytes:
    """64 bytes r‖s over message by the board's key."""
    code = f"from board import identity; print(identity.sign({message!r}).hex())"
    return bytes.fromhex(repl.run(code, None, 60))


def tls_public(repl: Repl) -> bytes:
    """The public half of the board's key for TLS, 65 bytes; made there, too. /tls_key.mpy must lie
    there for this and for tls_sign."""
    return bytes.fromhex(repl.run("import tls_key; print(tls_key.make().hex())", None, 60))


def tls_sign(repl: Repl, message: bytes) -> bytes:
    """64 bytes r‖s over message by that key."""
    code = f"import tls_key; print(tls_key.sign({message!r}).hex())"
    return bytes.fromhex(repl.run(code, None, 60))


def has(repl: Repl, name: str) -> bool:
    """Whether a file lies beside the slots. name: with its leading "/"."""
    return repl.run(f"import os; print({name[1:]!r} in os.listdir('/'))") == "True"


def remove(repl: Repl, name: str) -> None:
    """Remove a file."""
    repl.run(f"import os; os.remove({name!r})")
