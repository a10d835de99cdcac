"""What a running agent knows of itself, as one JSON object.

Everything is read from counters that the core keeps anyway; nothing is counted, kept or computed
until somebody asks. agent.linux.status_door hands it out, agent.linux.metrics to Prometheus.
"""

import contextlib
import os
import resource
import time
from pathlib import Path
from typing import Any, Protocol

from agent import frame
from agent.agent import VERSION, Agent
from agent.errors import AgentError
from agent.linux import certificate_end
from agent.linux.clock import SystemClock
from agent.protocols import cbor, cose, urls
from agent.reading import LANES
from agent.settings import Platform, Settings

LANE_NAMES = ("alarm", "telemetry", "diagnostic")
TIME_NAMES = ("synced", "holdover", "unsynced")


class Running(Protocol):
    """What is told of: an agent.linux.node.Node."""

    agent: Agent
    clock: SystemClock
    settings: Settings
    lines: dict[str, Any]
    certificates: list[Path | None]
    started_at: int

    def platforms(self) -> list[Platform]:
        """Where it reports, in the order of the agent's uplinks."""


def snapshot(node: Running) -> dict[str, Any]:
    """Everything at this instant: plain JSON. Durations in ms, sizes in bytes; counters start with
    the agent. None for what is not known."""
    agent, now = node.agent, node.clock.now_ms()
    buses = list(zip(node.lines, agent.buses, strict=True))
    return {
        "pole": node.settings.pole_id,
        "version": VERSION,
        "settings": node.settings.hash.hex(),
        "runtime": agent.runtime,
        "started_by": agent.reset_reason,
        "boot": agent.ports.journal.boot,
        "uptime_ms": now - node.started_at,
        "process": _process(),
        "rows_dropped": agent.store.rows_dropped,
        "lines": [line_of(name, bus) for name, bus in buses],
        "devices": [
            _device(name, device, now) for name, bus in buses for device in bus.devices
        ],
        "journal": _journal(agent),
        "uplinks": [
            _uplink(uplink, whereto, now) | {"certificate_until_ms": certificate_end.of_file(path)}
            for uplink, whereto, path in zip(agent.uplinks, node.platforms(), node.certificates)
        ],
        "data": {"today": agent.ration.spent, "budget": agent.ration.budget},
        "time": _time(agent, now),
        "alarms": [
            {"device": alarm.device, "channel": alarm.channel.name,
             "state": frame.ALARM_STATES[alarm.state], "for_ms": now - alarm.since}
            for alarm in agent.alarms if alarm.state != frame.CLEARED
        ],
        "maintenance": agent.maintenance is not None,
        "ration": {"keep_one_in": agent.ration.keep,
                   "lowest_lane": LANE_NAMES[agent.ration.lowest], "why": agent.ration.reason},
    }  # fmt: skip


def _process() -> dict[str, int]:
    """What it costs: processor time of all threads; resident memory, and its peak."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    memory = pages * resource.getpagesize()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10  # the kernel counts it late
    return {
        "pid": os.getpid(),
        "cpu_ms": time.process_time_ns() // 1_000_000,
        "memory": memory,
        "memory_peak": max(peak, memory),
    }


def line_of(name: str, bus: Any) -> dict[str, Any]:
    """busy_ms: bytes both ways times the time of a character; None over TCP, which has none.
    skipped: read-outs of devices that were due and left out, for it could not keep up. broken: why
    it is closed, "" while it is not."""
    line = bus.line
    serial = line.framing == "rtu"
    moved = line.sent_bytes + line.heard_bytes
    return {
        "name": name,
        "port": line.port if serial else line.url,
        "mode": bus.exchange.mode if serial else None,
        "sent_bytes": line.sent_bytes,
        "heard_bytes": line.heard_bytes,
        "busy_ms": moved * bus.exchange.char_us // 1000 if serial else None,
        "timeouts": bus.timeouts,
        "skipped": bus.skipped,
        "broken": bus.exchange.why if line.fileno() is None else "",
    }


def _device(line: str, device: Any, now: int) -> dict[str, Any]:
    """state: "well", "warming up", "unheard" (never yet), "failing" (once or twice) or "silent"
    (its breaker is open)."""
    if device.shut():
        state = "silent"
    elif device.failures:
        state = "failing"
    elif device.silent:
        state = "unheard"
    else:
        state = "warming up" if device.warming(now) else "well"
    return {
        "line": line,
        "name": device.name,
        "model": device.driver.model,
        "every_ms": device.every_ms,
        "state": state,
        "error": device.last_error if device.failures else "",
        "probe_in_ms": max(0, device.probe_after - now) if device.shut() else None,
    }


def _journal(agent: Any) -> dict[str, Any]:
    journal = agent.ports.journal
    used, size = journal.used()
    return {
        "used": used,
        "size": size,
        "full_per_mille": journal.fullness(),
        "sealed": agent.sealer.sealed,
        "lanes": {name: _lane(journal, lane) for lane, name in zip(LANES, LANE_NAMES, strict=True)},
    }


def _lane(journal: Any, lane: int) -> dict[str, Any]:
    """waiting: frames that a platform still lacks; oldest: [ms, time quality] of the first."""
    last = journal.next_seq(lane) - 1
    waiting = last - journal.settled(lane)
    oldest = None
    if waiting:
        first = min(journal.tail(lane, to) for to in range(journal.destinations))
        with contextlib.suppress(AgentError, OSError, KeyError):
            data = journal.read(lane, first)
            if data is not None:
                items = cbor.decode(cose.parse1(data).payload)
                oldest = [items[frame.TIME], TIME_NAMES[items.get(frame.TIME_QUALITY, 0)]]
    return {"frames": last, "waiting": waiting, "oldest": oldest}


def _uplink(uplink: Any, whereto: Any, now: int) -> dict[str, Any]:
    scheme, _, _, host, port = urls.parse(whereto.url)
    at = uplink.acknowledged_at
    return {
        "url": f"{scheme}://{host}:{port}",  # without a password
        "connected": uplink.connected,
        "round_trip_ms": uplink.pace.round_trip if at is not None else None,
        "acknowledged_ms_ago": None if at is None else now - at,
        "frames": uplink.sent,
        "sent_bytes": uplink.sent_bytes,
        "heard_bytes": uplink.heard_bytes,
        "error": getattr(uplink.carrier, "last_error", "") if not uplink.connected else "",
    }


def _time(agent: Any, now: int) -> dict[str, Any]:
    sealer = agent.sealer
    at, quality = sealer.at(now)
    known = sealer.utc_offset is not None
    return {"quality": TIME_NAMES[quality], "source": sealer.time_source,
            "utc_ms": at if known else None}  # fmt: skip
