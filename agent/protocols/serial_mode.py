"""Serial modes as people write them: ``"9600 8N1"``."""

PARITIES = "NEO"


def parse(mode: str):
    """(baud, data bits, parity "N", "E" or "O", stop bits). ValueError says what is expected."""
    speed, _, shape = mode.partition(" ")
    good = len(shape) == 3 and shape[0] in "78" and shape[1] in PARITIES and shape[2] in "12"
    baud = 0
    for letter in speed:
        if not "0" <= letter <= "9" or len(speed) > 7:
            good = False
            break
        baud = baud * 10 + ord(letter) - 48
    if not good or not 300 <= baud <= 4000000:
        raise ValueError('expected a mode such as "9600 8N1", not "%s"' % mode)
    return baud, int(shape[0]), shape[1], int(shape[2])


def char_us(mode: str) -> int:
    """Microseconds that one character takes on the line, rounded up."""
    baud, bits, parity, stop = parse(mode)
    return (1000000 * (1 + bits + (parity != "N") + stop) + baud - 1) // baud


def silence_us(mode: str) -> int:
    """Microseconds of silence between two frames: 3.5 characters, and 1750 us at the least.

    Source: MODBUS over Serial Line V1.02, 2.5.1.1 (t3.5, and its fixed value above 19200 baud).
    """
    return max(1750, (7 * char_us(mode) + 1) // 2)
