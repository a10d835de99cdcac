"""Floats in the registers of Modbus devices, without floats: IEEE 754 singles as scaled integers.

Loaded by agent.drivers.modbus with the first of them: a board without such a device never does.
"""

from agent.drivers.field import Field
from agent.reading import Channel


def float_to_int(bits, exponent):
    """An IEEE 754 single (its 32 bits) as an integer scaled by 10**exponent, halves away from zero,
    without floats. None for infinities and NaN."""
    power = bits >> 23 & 0xFF
    if power == 0xFF:
        return None
    mantissa = bits & 0x7FFFFF
    if power:
        mantissa |= 0x800000
    else:
        power = 1
    shift = power - 150
    top, bottom = mantissa, 1
    if exponent < 0:
        top *= 10**-exponent
    else:
        bottom = 10**exponent
    if shift >= 0:
        top <<= shift
    else:
        bottom <<= -shift
    value = (2 * top + bottom) // (2 * bottom)
    return -value if bits >> 31 else value


def single(low_first, at, name, unit, exponent, low=None, high=None, sentinels=(), not_fitted=()):
    """The Field of two registers from at, the low word first or last; sentinels and not_fitted are
    in 10**exponent."""

    def decode(words, at):
        top, bottom = (words[at + 1], words[at]) if low_first else (words[at], words[at + 1])
        return float_to_int(top << 16 | bottom, exponent)

    made = Field(
        at, 2, decode, Channel(name, unit, exponent, low, high), None, sentinels, not_fitted
    )
    made.kind = "float"
    made.low_first = low_first
    return made
