"""What the live page shows: the state of everything, as one JSON object.

A pole or a channel that was not heard for three intervals is unknown: its last value is not shown
as if it were now.
"""

from typing import Any

from agent import frame, frame_reader
from agent.frame import ALARM_STATES, BLIND, PENDING, RAISED
from agent.protocols import cbor, cose
from agent.reading import QUALITY_NAMES, UNSYNCED
from provisioning.registry import RegisteredDevice, Registry
from simulators.platform.ingest import Ingest
from simulators.platform.store import Store

POINTS = 300
SILENT_INTERVALS = 3


class View:
    """Reads the store of an ingest. Used from one thread."""

    def __init__(self, store: Store, ingest: Ingest, registry: Registry) -> None:
        self.store = store
        self.ingest = ingest
        self.registry = registry

    def state(self, now: int) -> dict[str, Any]:
        """The whole state at now (UTC ms)."""
        store = self.store
        poles = [self._pole(device, now) for device in self.registry.devices]
        return {
            "now": now,
            "counts": {
                "frames": store.count("frames"),
                "readings": store.count("readings"),
                "duplicates_dropped": self.ingest.repeats,
                "bad_signatures": store.count("incidents", "signature"),
            },
            "poles": poles,
            "alarms": self._alarms(now),
            "missing": self._missing(),
            "refused": [
                {"time": time, "pole": device, "kind": kind, "reason": reason, "digest": digest}
                for device, time, kind, reason, digest in store.rows(
                    "SELECT device, time, kind, reason, digest FROM incidents "
                    "ORDER BY time DESC LIMIT 20"
                )
            ],
        }

    def _pole(self, device: RegisteredDevice, now: int) -> dict[str, Any]:
        heard = self.store.rows(
            "SELECT time, carrier, beacon_ms, status, time_quality FROM heard WHERE device=?",
            (device.id,),
        )
        time, carrier, beacon_ms, status, quality = heard[0] if heard else (None,) * 5
        about = cbor.decode(status) if status else {}
        channels, slowest = self._channels(device.id, now, beacon_ms or 0)
        interval = max(beacon_ms or 0, slowest)
        state = "reporting"
        if time is None:
            state = "never heard"
        elif now - time > SILENT_INTERVALS * max(interval, 1000):
            state = "unknown"
        if state != "reporting":
            for channel in channels:
                channel.update(state="unknown", value=None)
        return {
            "id": device.id,
            "name": device.name,
            "state": state,
            "last_heard": time,
            "runtime": about.get(5),
            "carrier": carrier,
            "software": about.get(1),
            "place": list(device.place) if device.place else None,
            "time_quality": None if quality is None else _time_quality(quality),
            "maintenance": self._maintenance(device.id, now),
            "drill": self._drill(device.id, now),
            "relays": self._relays(device.id),
            "overdue": about.get(10, []),
            "behind": about.get(12, []),
            "rationed": about.get(9, [1, 2, ""])[2],
            "channels": channels,
        }

    def _channels(self, device: str, now: int, beacon_ms: int) -> tuple[list[dict[str, Any]], int]:
        """The channels of the newest schemas, and the longest interval between frames."""
        channels = []
        slowest = 0
        for identity, body in self.store.rows(
            "SELECT s.id, s.body FROM schemas s WHERE device=? AND id IN "
            "(SELECT schema FROM frames WHERE device=? AND schema IS NOT NULL "
            " GROUP BY schema ORDER BY MAX(arrived) DESC)",
            (device, device),
        ):
            schema = cbor.decode(body)
            interval = max(schema[1], schema[2])
            slowest = max(slowest, interval)
            if 5 in schema:
                # Only changes are reported; that nothing changed is told with the holdings.
                interval = max(interval, min(schema[5], beacon_ms or schema[5]))
            looked = self.ingest.looked.get((device, identity))
            for sensor, channel, unit, exponent, _ in schema[4]:
                name, _, proven = schema[3][sensor]
                shown = self._channel(device, name, channel, now, interval, looked)
                shown.update(unit=unit, exponent=exponent, proven=bool(proven), every=schema[1])
                channels.append(shown)
        return channels, slowest

    def _channel(
        self, device: str, sensor: str, channel: str, now: int, interval: int, looked: int | None
    ) -> dict[str, Any]:
        """looked: when it was last read and found unchanged, where it reports by exception."""
        rows = self.store.rows(
            "SELECT time, value, quality FROM readings WHERE device=? AND sensor=? AND channel=? "
            "AND time IS NOT NULL ORDER BY time DESC LIMIT ?",
            (device, sensor, channel, POINTS),
        )
        time, value, quality = rows[0] if rows else (None, None, None)
        seen = time if time is None or looked is None else max(time, looked)
        live = seen is not None and now - seen <= SILENT_INTERVALS * interval
        return {
            "device": sensor,
            "channel": channel,
            "state": "live" if live else "unknown",
            "value": value if live else None,
            "quality": QUALITY_NAMES.get(quality, "unknown") if live else "unknown",
            "time": time,
            "looked": looked if seen == looked else None,
            "points": [[time, value] for time, value, _ in reversed(rows)],
        }

    def _alarms(self, now: int) -> list[dict[str, Any]]:
        """The latest transition of each alarm; active ones first."""
        latest = self.store.rows(
            "SELECT a.device, sensor, channel, state, value, exponent, unit, direction, threshold, "
            "time, committed, data FROM alarms a JOIN frames f ON f.device=a.device "
            "AND f.epoch=a.epoch AND f.lane=0 AND f.seq=a.seq WHERE a.rowid IN "
            "(SELECT MAX(rowid) FROM alarms GROUP BY device, sensor, channel, direction)"
        )
        rank = [ALARM_STATES[state] for state in (RAISED, BLIND, PENDING)]
        names = ("pole", "device", "channel", "state", "value", "exponent", "unit")
        alarms = [
            {
                **dict(zip(names, row[:7], strict=True)),
                "state": ALARM_STATES[row[3]],
                "beneath": _beneath(row[11]),
                "test": self._is_test(row[0], row[11], now),
                "limit": [row[7], row[8]],
                "time": row[9],
                "committed": row[10],
            }
            for row in latest
        ]

        def urgency(alarm: dict[str, Any]) -> tuple[bool, int, int]:
            states = (alarm["state"], alarm["beneath"])
            first = min([rank.index(each) for each in states if each in rank], default=len(rank))
            return alarm["test"], first, -alarm["committed"]

        return sorted(alarms, key=urgency)

    def _is_test(self, device: str, data: bytes, now: int) -> bool:
        """Whether an alarm is marked as provoked, and the drill that it belongs to is on: what
        outlives its drill is an alarm as any."""
        body = cbor.decode(cose.parse1(data).payload)[frame.BODY]
        drill = self._drill(device, now) if body.get(12) else None
        return drill is not None and (drill["device"], drill["channel"]) == (body[1], body[2])

    def _drill(self, device: str, now: int) -> dict[str, Any] | None:
        """Who drills which channel, and until when; None if nobody does."""
        body, until = self._lasting(device, frame.DRILL, 5, now)
        if body is None:
            return None
        return {"who": body.get(2), "device": body[3], "channel": body[4], "until": until}

    def _maintenance(self, device: str, now: int) -> dict[str, Any] | None:
        """Who works on the pole, why, and until when; None if nobody does."""
        body, until = self._lasting(device, frame.MAINTENANCE, 4, now)
        if body is None:
            return None
        return {"who": body.get(2), "why": body.get(3), "until": until}

    def _lasting(
        self, device: str, kind: int, length: int, now: int
    ) -> tuple[dict[int, Any] | None, int]:
        """(body, end) of the newest record of a kind that begins something and says under the key
        length how long it lasts; the body is None where it has ended."""
        newest = self.store.rows(
            "SELECT data, arrived FROM frames WHERE device=? AND lane=0 AND kind=? AND decoded=1 "
            "ORDER BY rowid DESC LIMIT 1",
            (device, kind),
        )
        if not newest:
            return None, 0
        got = frame_reader.decode(cose.parse1(newest[0][0]).payload)
        began = newest[0][1] if got.time_quality == UNSYNCED else got.time_ms
        until = began + got.body[length]
        return (got.body if got.body[1] and now < until else None), until

    def _relays(self, device: str) -> list[dict[str, Any]]:
        """What is known last of each relay that alarms switch."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for (data,) in self.store.rows(
            "SELECT data FROM frames WHERE device=? AND lane=0 AND kind=? AND decoded=1 "
            "ORDER BY rowid DESC LIMIT ?",
            (device, frame.ACTUATION, POINTS),
        ):
            body = cbor.decode(cose.parse1(data).payload)[frame.BODY]
            names = ("device", "relay", "wanted", "found", "cause", "by", "error")
            shown = {name: body.get(key) for key, name in enumerate(names, 1)}
            found.setdefault((shown["device"], shown["relay"]), shown)
        return [found[key] for key in sorted(found)]

    def _missing(self) -> list[dict[str, Any]]:
        names = ("pole", "lane", "first", "last", "reason", "from", "to")
        missing = [
            dict(zip(names, row, strict=True))
            for row in self.store.rows(
                "SELECT device, lane, first, last, reason, start, stop FROM gaps "
                "ORDER BY rowid DESC LIMIT 50"
            )
        ]
        for (device, _, lane), ledger in self.ingest.ledgers():
            for first, last in ledger.want():
                told = (device, lane, first, last, "wanted", None, None)
                missing.append(dict(zip(names, told, strict=True)))
        for device, lane, first, last in self.store.rows(
            "SELECT device, lane, MIN(seq), MAX(seq) FROM frames WHERE decoded=0 GROUP BY device"
        ):
            told = (device, lane, first, last, "undecoded", None, None)
            missing.append(dict(zip(names, told, strict=True)))
        return missing


def _beneath(data: bytes) -> str | None:
    """The state that the told one hides, from the alarm's own frame."""
    body = cbor.decode(cose.parse1(data).payload)[frame.BODY]
    return ALARM_STATES[body[10]] if 10 in body else None


def _time_quality(quality: int) -> str:
    return "unsynced" if quality == UNSYNCED else "synced"
