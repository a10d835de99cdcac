"""The Clock port on Linux."""

import ctypes
import time

_STA_UNSYNC = 0x40
_PLAUSIBLE_MS = 1_767_225_600_000  # 2026-01-01: earlier is a clock that never was set


class _Timex(ctypes.Structure):
    """struct timex, as far as the status; the rest is room (adjtimex(2))."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_char * 256),
    ]


def _kernel_synchronised() -> bool:
    """Whether an NTP daemon disciplines the clock. Where the kernel does not tell: True."""
    timex = _Timex()
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return True
    return state < 0 or not timex.status & _STA_UNSYNC


class SystemClock:
    """Monotonic time for the core, and UTC where it deserves the name. trust: take the system's
    clock for synchronised without asking the kernel (containers often cannot tell)."""

    def __init__(self, trust: bool = False) -> None:
        self._trust = trust

    def now_ms(self) -> int:
        """See agent.ports.Clock."""
        return time.monotonic_ns() // 1_000_000

    def utc_ms(self) -> int | None:
        """See agent.ports.Clock. None while the clock is unset, or no NTP daemon disciplines it."""
        now = time.time_ns() // 1_000_000
        if now < _PLAUSIBLE_MS or not (self._trust or _kernel_synchronised()):
            return None
        return now
