"""Whether one may leave, and what to do next: one sentence, by its code in ``words``.

Everything here is judged from the snapshot alone (agent.linux.commissioning.snapshot). Runs on a
board, too, which shows the page by itself (board.page).
"""

try:
    from typing import Any
except ImportError:  # MicroPython evaluates no annotation
    pass

REPORTING, AWAITING, FAILED = STATES = ("reporting", "awaiting acknowledgement", "failed")

SILENT = ("unknown", "no reply", "device fault")
GRACE_MS = 60_000


def state(seen: dict[str, Any]) -> str:
    """reporting: the platform has acknowledged what this pole signed, lately, and every sensor
    answers. failed: a line, sensor, storage or drill is not as it should be."""
    if silent(seen) or failed_drills(seen) or seen["stuck"]:
        return FAILED
    return REPORTING if _acknowledged(seen) else AWAITING


def silent(seen: dict[str, Any]) -> list[str]:
    """Devices that have a channel without a value, and were asked."""
    found = [
        one["device"]
        for one in seen["channels"]
        if one["quality"] in SILENT and one["age"] is not None
    ]
    return sorted(set(found))


def failed_drills(seen: dict[str, Any]) -> list[str]:
    """Alarm channels, as device/channel, whose last drill did not pass."""
    return [
        _name(one)
        for one in seen["channels"]
        if one["alarms"] and one["drilled"] and one["drilled"]["outcome"] != "passed"
    ]


def undrilled(seen: dict[str, Any]) -> list[str]:
    """Alarm channels, as device/channel, that no drill has proven since the start."""
    return [
        _name(one)
        for one in seen["channels"]
        if one["alarms"] and (one["drilled"] or {}).get("outcome") != "passed"
    ]


def _name(channel: dict[str, Any]) -> str:
    return f"{channel['device']}/{channel['channel']}"


def _acknowledged(seen: dict[str, Any]) -> bool:
    """Every channel was read, telemetry got through, no alarm waits, and the last acknowledgement
    is no older than two intervals of the holdings."""
    age = seen["uplink"]["acknowledged"]
    if any(one["age"] is None for one in seen["channels"]):
        return False
    alarm, telemetry = seen["journal"][0], seen["journal"][1]
    if age is None or alarm["waiting"] or telemetry["made"] == telemetry["waiting"]:
        return False
    return bool(age <= 2 * seen["uplink"]["beacon"] + GRACE_MS)


def next_step(seen: dict[str, Any], bound: bool) -> dict[str, str]:
    """{"code": of words, and what is filled in}. bound: whether the pole was bound in this start of
    the agent."""
    for find in (_of_drill, _of_lines, _of_alarms, _of_uplink):
        step = find(seen)
        if step is not None:
            return step
    if not bound:
        return {"code": "next.bind"}
    rest = undrilled(seen)
    if rest:
        return {"code": "next.drill", "name": rest[0]}
    if seen["state"] != REPORTING:
        return {"code": "next.wait"}
    ends = seen.get("certificate")  # the day, where that is soon
    return {"code": "next.certificate", "until": ends} if ends else {"code": "next.done"}


def _of_drill(seen: dict[str, Any]) -> dict[str, str] | None:
    drill = seen["drill"]
    if drill is None:
        return None
    name = f"{drill['device']}/{drill['channel']}"
    raised, _, acknowledged = drill["ms"]
    if raised is None:
        return {"code": "next.stimulate", "name": name}
    code = "next.on its way" if acknowledged is None else "next.calm"
    return {"code": code, "name": name}


def _of_lines(seen: dict[str, Any]) -> dict[str, str] | None:
    if seen["stuck"]:
        return {"code": "next.storage"}
    for line in seen["lines"]:
        if line["fault"]:
            return {"code": "next.line", "name": line["name"], "error": line["fault"]}
    for name in silent(seen):
        return {"code": "next.sensor", "name": name}
    return None


def _of_alarms(seen: dict[str, Any]) -> dict[str, str] | None:
    for one in seen["channels"]:
        for alarm in one["alarms"]:
            if alarm["state"] in ("raised", "blind"):
                return {"code": "next.alarm", "name": _name(one)}
    return None


def _of_uplink(seen: dict[str, Any]) -> dict[str, str] | None:
    uplink = seen["uplink"]
    if not uplink["connected"]:
        if seen["time"]["quality"] == "unsynced":
            return {"code": "next.time"}
        return {"code": "next.network", "url": uplink["url"]}
    if uplink["acknowledged"] is None:
        return {"code": "next.registry", "name": seen["device"]}
    return None
