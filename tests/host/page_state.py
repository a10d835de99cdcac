"""A hand-made state of the platform, for the page: PageState is served, and changed live."""

import math
import threading
import time
from typing import Any

from simulators.platform.web import PageServer

START = 1_790_000_000_000
EVERY_MS = 2000
UNDERPASS = "CD-JJ-0001"


def channel(device: str, name: str, unit: str, exponent: int, middle: int, swing: int,
            **changes: Any) -> dict[str, Any]:  # fmt: skip
    """A live channel with five minutes of points up to START."""
    points = [
        [START - at * EVERY_MS, middle + round(swing * math.sin(at / 9) + swing * math.sin(at) / 5)]
        for at in range(150, -1, -1)
    ]
    return {
        "device": device,
        "channel": name,
        "unit": unit,
        "exponent": exponent,
        "proven": True,
        "every": EVERY_MS,
        "state": "live",
        "value": points[-1][1],
        "quality": "good",
        "time": START,
        "looked": None,
        "points": points,
        **changes,
    }


def pole(pole_id: str, name: str, channels: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """A pole that reports."""
    return {
        "id": pole_id,
        "name": name,
        "state": "reporting",
        "last_heard": START,
        "runtime": "cpython 3.11.2 on linux x86_64",
        "carrier": "coap",
        "software": "0.1.0",
        "place": [104.0817, 30.6598],
        "time_quality": "synced",
        "maintenance": None,
        "overdue": [],
        "behind": [],
        "rationed": "",
        "relays": [],
        "channels": channels,
        **changes,
    }


def alarm(state: str = "raised", **changes: Any) -> dict[str, Any]:
    """An alarm of the underpass's level."""
    return {
        "pole": UNDERPASS,
        "device": "underpass",
        "channel": "level",
        "state": state,
        "beneath": None,
        "test": False,
        "value": 342 if state == "raised" else None,
        "exponent": -3,
        "unit": "m",
        "limit": [1, 300],
        "time": START,
        "committed": START + 800,
        **changes,
    }


def silent(which: dict[str, Any]) -> dict[str, Any]:
    """The channel, not heard for ten minutes: no value, only its past."""
    points = [[at - 600_000, value] for at, value in which["points"]]
    time_ms = points[-1][0]
    return {**which, "state": "unknown", "value": None, "quality": "unknown", "time": time_ms,
            "points": points}  # fmt: skip


def city() -> dict[str, Any]:
    """Three poles: one reports, one has fallen silent, one was never heard."""
    level = channel("underpass", "level", "m", -3, 118, 40, value=121)
    holed = channel("chamber", "co", "ppm", -1, 14, 6, value=-5, quality="out of range")
    del holed["points"][60:75]
    for at in range(110, 114):
        holed["points"][at][1] = None
    broken = channel("vent", "co", "ppm", -2, 240, 30, proven=False, value=None, quality="no reply")
    for point in broken["points"][-12:]:
        point[1] = None
    reporting = [
        level,
        channel("underpass", "temperature", "Cel", -1, 214, 8),
        channel("cover", "roll", "deg", -2, 120, 30),
        channel("cover", "pitch", "deg", -2, -83, 30),
        holed,
        broken,
        channel("air", "pm25", "ug/m3", 0, 14, 5),
        silent(channel("air", "pm10", "ug/m3", 0, 22, 5)),
    ]
    lost = [silent(channel("underpass", "level", "m", -3, 900, 30))]
    return {
        "counts": {"frames": 1204, "readings": 38112, "duplicates_dropped": 3, "bad_signatures": 1},
        "poles": [
            pole(UNDERPASS, "人民南路下穿隧道 Renmin South Underpass", reporting),
            pole("CD-XX-0003", "Funan river 3", lost, state="unknown", last_heard=START - 600_000,
                 runtime="micropython 1.25.0 on esp32s3", carrier="mqtt", time_quality="unsynced"),
            pole("CD-NN-0004", "Depot", [], state="never heard", last_heard=None, runtime=None,
                 carrier=None, software=None, place=None, time_quality=None),
        ],
        "alarms": [],
        "missing": [
            {"pole": UNDERPASS, "lane": 1, "first": 412, "last": 431, "reason": "evicted",
             "from": START - 900_000, "to": START - 840_000},
            {"pole": "CD-XX-0003", "lane": 1, "first": 87, "last": 86, "reason": "unsealed",
             "from": START - 700_000, "to": None},
        ],
        "refused": [
            {"time": START - 60_000, "pole": UNDERPASS, "kind": "signature",
             "reason": "the signature does not verify", "digest": "5f" * 32},
        ],
    }  # fmt: skip


class PageState:
    """A page server whose state the test may change at any time, on a clock that goes on."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.state = state
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self.server = PageServer("127.0.0.1", 0, self._now)
        self.server.start()

    def change(self, **parts: Any) -> None:
        """Exchange parts of the state: the next poll sees them."""
        with self._lock:
            self.state = {**self.state, **parts}

    def change_pole(self, at: int, **parts: Any) -> None:
        """Exchange parts of one pole."""
        poles = list(self.state["poles"])
        poles[at] = {**poles[at], **parts}
        self.change(poles=poles)

    def _now(self) -> dict[str, Any]:
        with self._lock:
            passed = round((time.monotonic() - self._began) * 1000)
            return {"now": START + passed, **self.state}
