"""The OSCORE security context of a board: ``oscore.cbor`` beside its key, its numbers in
``oscore.next``.

``oscore.cbor`` is a CBOR map: 1 master secret, 2 salt, 3 this device's id, 4 the platform's id.
"""

import os

from agent.protocols import cbor, oscore

STEP = 1000  # numbers that one write of the flash reserves (RFC 8613, B.1.1)


class Numbers:
    """Sequence numbers that never come twice: what may be used is on flash before it is."""

    def __init__(self, path):
        self.path = path
        try:
            with open(path) as file:
                self._next = int(file.read())
        except OSError:
            self._next = 0
        self._end = self._next

    def take(self):
        """The next number. OSError where the flash does not take the reservation."""
        if self._next == self._end:
            self._reserve(self._end + STEP)
        self._next += 1
        return self._next - 1

    def _reserve(self, end):
        half = self.path + ".new"
        with open(half, "w") as file:
            file.write("%d" % end)
        os.rename(half, self.path)
        self._end = end


def _aes(key):
    import cryptolib

    return cryptolib.aes(key, 1).encrypt  # 1: ECB, one block at a time


def context(folder="", aes=_aes):
    """The context in folder ("" or with "/" at the end), or None where there is none.

    BadFrame for a damaged file: then nothing is sent at all, rather than in the clear.
    """
    try:
        with open(folder + "oscore.cbor", "rb") as file:
            data = file.read()
    except OSError:
        return None
    items = cbor.decode(data)
    numbers = Numbers(folder + "oscore.next")
    return oscore.Context(items[1], items[2], items[3], items[4], aes, numbers)
