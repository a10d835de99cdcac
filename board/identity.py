"""The board's key: made on the board, and never leaves it."""

import os

from agent.protocols.signers import SoftSigner
from agent.protocols.sm2_curve import N
from board.entropy import Entropy

FILE = "/device.key"
_HEX = "0123456789abcdef"


def load(path=FILE):
    """The private key, or None where there is none yet. ValueError if the file is damaged."""
    try:
        with open(path) as file:
            text = file.read().strip()
    except OSError:
        return None
    # int() would also take signs, underscores and 0x.
    if len(text) != 64 or [letter for letter in text if letter not in _HEX]:
        raise ValueError("the key is damaged; this board needs a new identity")
    return int(text, 16)


def make(path=FILE):
    """Make a key, unless there is one; the public half, 65 bytes."""
    key = load(path)
    if key is None:
        key = fresh(N - 1)
        with open(path + ".new", "w") as file:
            file.write("%064x\n" % key)
        os.rename(path + ".new", path)
    return SoftSigner(key, Entropy()).public


def sign(message, path=FILE):
    """64 bytes r‖s over message: for a certificate request."""
    return SoftSigner(load(path), Entropy()).sign(message)


def fresh(limit):
    """A private key by chance, 0 < key < limit. Chance from the radio's noise is true chance only
    while the radio is on."""
    try:
        import network

        network.WLAN(network.STA_IF).active(True)
    except ImportError:
        pass  # a board without a radio has a generator of its own
    while True:
        key = int.from_bytes(os.urandom(32), "big")
        if 0 < key < limit:
            return key
