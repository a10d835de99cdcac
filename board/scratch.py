"""The memory of an RP2040 or RP2350 that outlives a reset, but no power cut and no RUN pin: two
registers of its watchdog (RP2040 datasheet, 4.7.6; RP2350 datasheet, 12.9). Lies beside
board/slots.py, on boards whose clock has no memory. Registers 2 and up are for the boot ROM.
"""

import machine

_CHIP_ID = 0x40000000  # of both chips; bits 12 to 27 are the part's number
_RP2350 = 4
_AT = (0x400D8000 if machine.mem32[_CHIP_ID] >> 12 & 0xFFFF == _RP2350 else 0x40058000) + 0x0C


def memory(data=None):
    """Replace it by up to 8 bytes that end in none of 0, or read it."""
    if data is None:
        words = [machine.mem32[_AT + at].to_bytes(4, "little") for at in (0, 4)]
        return b"".join(words).rstrip(b"\0")
    for at in (0, 4):
        machine.mem32[_AT + at] = int.from_bytes(data[at : at + 4], "little")

    return None


before = memory()  # what the last life left
