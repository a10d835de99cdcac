"""SM3 by CPython's hashlib. ImportError where there is none: on MicroPython, and where OpenSSL was
built without it. Boards have no copy of this file.
"""

from hashlib import new

try:
    _START = new("sm3")
except ValueError:
    raise ImportError("this OpenSSL has no SM3")


def begin(block):
    """The state after block."""
    state = _START.copy()
    state.update(block)
    return state


def finish(state, before, data):
    """The 32 bytes of SM3 of data behind what state has seen. before: not needed here."""
    state = state.copy()
    state.update(data)
    return state.digest()
