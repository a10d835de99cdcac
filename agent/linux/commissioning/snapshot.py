"""All that the page shows, as one JSON object; made in the agent's thread, in about a millisecond.

Times are ages in ms: a phone's clock need not be right. Runs on a board, too, which a laptop holds
by its USB port (provisioning.commissioning): no float, and nothing that MicroPython lacks.
"""

from agent.frame import ALARM_STATES
from agent.reading import LANES, QUALITY_NAMES

try:
    from typing import TYPE_CHECKING, Any

    if TYPE_CHECKING:
        from agent.agent import Agent
        from agent.linux.commissioning.recorder import Recorder
except ImportError:  # MicroPython evaluates no annotation
    pass

TIME_QUALITIES = ("synced", "holdover", "unsynced")
LANE_NAMES = ("alarm", "telemetry", "diagnostic")
SILENT_INTERVALS = 3  # a value that is older, and LATE_MS, is not shown as if it were now
LATE_MS = 5000


def snapshot(
    agent: "Agent", recorder: "Recorder", lines: "list[tuple[str, str, str]]", now: int
) -> "dict[str, Any]":
    """What the agent knows at now. lines: (name, port, mode) of each, as the settings have them."""
    time, quality = agent.sealer.at(now)
    return {
        "pole": agent.settings.pole_id,
        "place": _place(agent.settings.place),
        "device": agent.sealer.signer.kid.hex(),
        "software": agent.version,
        "settings": agent.settings.hash.hex(),
        "runtime": agent.runtime,
        "time": {"ms": time, "quality": TIME_QUALITIES[quality]},
        "channels": _channels(agent, recorder, now),
        "lines": _lines(agent, lines),
        "journal": _journal(agent),
        "stuck": recorder.is_stuck(agent, now),
        "uplink": _uplink(agent, now),
        "drill": _drill(agent, now),
        "maintenance": _maintenance(agent, now),
    }


def _place(place: "list[int] | None") -> str:
    """Degrees of CGCS2000, as the settings have them; "" for none."""
    if place is None:
        return ""
    return "%s, %s (CGCS2000)" % (_degrees(place[0]), _degrees(place[1]))


def _degrees(value: int) -> str:
    sign = "-" if value < 0 else ""
    return "%s%d.%07d" % (sign, abs(value) // 10000000, abs(value) % 10000000)


def _channels(agent: "Agent", recorder: "Recorder", now: int) -> "list[dict[str, Any]]":
    channels = []
    for bus in agent.buses:
        for device in bus.devices:
            for channel in device.channels:
                latest = recorder.latest.get((device.name, channel.name))
                age = None if latest is None else now - latest[1]
                live = age is not None and age <= SILENT_INTERVALS * device.every_ms + LATE_MS
                reading = latest[0] if latest is not None and live else None
                channels.append({
                    "device": device.name,
                    "channel": channel.name,
                    "unit": channel.unit,
                    "exponent": channel.exponent,
                    "value": None if reading is None else reading.value,
                    "quality": "unknown" if reading is None else QUALITY_NAMES[reading.quality],
                    "age": age,
                    "alarms": _alarms(agent, device.name, channel.name),
                    "drilled": _drilled(agent, device.name, channel.name, now),
                })  # fmt: skip
    return channels


def _alarms(agent: "Agent", device: str, channel: str) -> "list[dict[str, Any]]":
    return [
        {
            "limit": [alarm.rule.direction, alarm.rule.limit],
            "state": ALARM_STATES[alarm.state],
        }
        for alarm in agent.alarms
        if (alarm.device, alarm.channel.name) == (device, channel)
    ]


def _drilled(agent: "Agent", device: str, channel: str, now: int) -> "dict[str, Any] | None":
    """How the last drill of the channel ended, since this start."""
    found = agent.drilled.get((device, channel))
    if found is None:
        return None
    outcome, latencies, who, at = found
    return {"outcome": outcome, "ms": latencies, "who": who, "age": now - at}


def _lines(agent: "Agent", names: "list[tuple[str, str, str]]") -> "list[dict[str, Any]]":
    lines = []
    for (name, port, mode), bus in zip(names, agent.buses):
        devices = [
            {
                "name": device.name,
                "model": device.driver.model,
                "failures": device.failures,
                "error": device.last_error if device.failures else "",
            }
            for device in bus.devices
        ]
        lines.append({
            "name": name,
            "port": port,
            "mode": mode,
            "timeouts": bus.timeouts,
            "skipped": bus.skipped,
            "fault": bus.exchange.why if all(part["failures"] for part in devices) else "",
            "devices": devices,
        })  # fmt: skip
    return lines


def _journal(agent: "Agent") -> "list[dict[str, Any]]":
    """Lanes: how many frames were made, are held, and still wait for the platform."""
    journal = agent.ports.journal
    lanes = []
    for lane in LANES:
        newest = journal.next_seq(lane) - 1
        waiting = newest - journal.released(lane)
        lanes.append({
            "lane": LANE_NAMES[lane],
            "made": newest,
            "waiting": waiting,
        })  # fmt: skip
    return lanes


def _uplink(agent: "Agent", now: int) -> "dict[str, Any]":
    uplink = agent.uplink
    at = uplink.acknowledged_at
    return {
        "carrier": uplink.carrier.name,
        "url": agent.settings.url,
        "connected": uplink.connected,
        "acknowledged": None if at is None else now - at,
        "beacon": uplink.beacon_ms,
        "refused": sum(uplink.gate.refused.values()),
    }


def _drill(agent: "Agent", now: int) -> "dict[str, Any] | None":
    drill = agent.drill
    if drill is None:
        return None
    return {
        "device": drill.device,
        "channel": drill.channel,
        "who": drill.who,
        "left": max(0, drill.until - now),
        "ms": drill.result(),
    }


def _maintenance(agent: "Agent", now: int) -> "dict[str, Any] | None":
    maintenance = agent.maintenance
    if maintenance is None:
        return None
    return {"who": maintenance.who, "why": maintenance.why, "left": maintenance.until - now}
