"""The status of a running agent for Prometheus: text over HTTP, computed when it is asked for.

prometheus-client (an extra of this package) serves it in a thread of its own; the agent is looked
at in its own thread, so that no half of a step is ever told.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.simple_server import WSGIServer

from prometheus_client import start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from agent.linux.status import TIME_NAMES

_PATIENCE_S = 5.0  # for the agent to be between two steps
_Rows = Iterable[tuple[tuple[str, ...], float | None]]


class Exporter(Collector):
    """Serves ``tell``, a function for the thread of loop, at host:port. OSError if it cannot."""

    def __init__(
        self,
        host: str,
        port: int,
        loop: asyncio.AbstractEventLoop,
        tell: Callable[[], dict[str, Any]],
    ) -> None:
        self._loop = loop
        self._tell = tell
        registry = CollectorRegistry()
        registry.register(self)
        self._server: WSGIServer
        self._thread: threading.Thread
        self._server, self._thread = start_http_server(port, host, registry)
        self.port = int(self._server.server_port)

    def describe(self) -> list[Metric]:
        """Nothing in advance: the agent is asked only when Prometheus asks."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Everything, as the agent stands between two steps."""

        async def look() -> dict[str, Any]:
            return self._tell()

        found = asyncio.run_coroutine_threadsafe(look(), self._loop).result(_PATIENCE_S)
        yield from families(found)

    def close(self) -> None:
        """Serve no longer."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def families(found: dict[str, Any]) -> Iterator[Metric]:
    """A snapshot (agent.linux.status) as metrics: seconds, bytes, and ratios from 0 to 1."""
    process, journal, data = found["process"], found["journal"], found["data"]
    build = (found["pole"], found["version"], found["settings"])
    yield _gauge("info", "Which agent this is.", [(build, 1)], "pole", "version", "settings")
    yield _gauge("uptime_seconds", "Since the agent started.", _one(found["uptime_ms"] / 1000))
    yield _counter("cpu_seconds", "Processor time of it.", _one(process["cpu_ms"] / 1000))
    yield _gauge("memory_bytes", "Its resident memory.", _one(process["memory"]))
    yield _counter("rows_dropped", "Rows lost while storage failed.", _one(found["rows_dropped"]))
    yield from _lines(found)
    yield _gauge("journal_used_bytes", "Sectors in use.", _one(journal["used"]))
    yield _gauge("journal_size_bytes", "All sectors.", _one(journal["size"]))
    lanes = journal["lanes"].items()
    waiting = [((name,), lane["waiting"]) for name, lane in lanes]
    yield _gauge("journal_waiting_frames", "Not acknowledged by all.", waiting, "lane")
    yield from _uplinks(found)
    yield _gauge("data_today_bytes", "Carried today, up and down.", _one(data["today"]))
    yield _gauge("data_budget_bytes", "What a day may take; 0: all.", _one(data["budget"]))
    quality = TIME_NAMES.index(found["time"]["quality"])
    yield _gauge("time_quality", "0 synced, 1 holdover, 2 unsynced.", _one(quality))
    alarms = [((part["device"], part["channel"], part["state"]), 1) for part in found["alarms"]]
    yield _gauge("alarm", "1 while it is not clear.", alarms, "device", "channel", "state")
    yield _gauge("maintenance", "1 while alarms are muted.", _one(found["maintenance"]))
    keep = found["ration"]["keep_one_in"]
    yield _gauge("rows_kept_ratio", "The part of rows that rationing leaves.", _one(1 / keep))


def _lines(found: dict[str, Any]) -> Iterator[Metric]:
    lines, devices = found["lines"], found["devices"]
    for way in ("sent", "heard"):
        rows = [((line["name"],), line[f"{way}_bytes"]) for line in lines]
        yield _counter(f"line_{way}_bytes", f"Bytes {way} on a line.", rows, "line")
    busy = [((line["name"],), _seconds(line["busy_ms"])) for line in lines]
    yield _counter("line_busy_seconds", "Bytes times their time; its rate is the use.", busy,
                   "line")  # fmt: skip
    late = [((line["name"],), line["timeouts"]) for line in lines]
    yield _counter("line_timeouts", "Questions without an answer.", late, "line")
    skipped = [((line["name"],), line["skipped"]) for line in lines]
    yield _counter("line_skipped", "Read-outs that were due and left out.", skipped,
                   "line")  # fmt: skip
    up = [((part["line"], part["name"], part["model"]), part["state"] in ("well", "warming up"))
          for part in devices]  # fmt: skip
    yield _gauge("device_up", "1 while it answers.", up, "line", "device", "model")


def _uplinks(found: dict[str, Any]) -> Iterator[Metric]:
    parts = found["uplinks"]

    def rows(key: str, divisor: int = 1) -> _Rows:
        return [((part["url"],), None if part[key] is None else part[key] / divisor)
                for part in parts]  # fmt: skip

    yield _gauge("uplink_connected", "1 while it is.", rows("connected"), "url")
    yield _gauge("uplink_round_trip_seconds", "To the next hop.", rows("round_trip_ms", 1000),
                 "url")  # fmt: skip
    yield _gauge("uplink_acknowledged_seconds", "Since the last signed acknowledgement.",
                 rows("acknowledged_ms_ago", 1000), "url")  # fmt: skip
    yield _counter("uplink_frames", "Frames offered.", rows("frames"), "url")
    yield _counter("uplink_sent_bytes", "Bytes of frames up.", rows("sent_bytes"), "url")
    yield _counter("uplink_heard_bytes", "Bytes of downlinks.", rows("heard_bytes"), "url")


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000


def _one(value: float) -> _Rows:
    return [((), value)]


def _gauge(name: str, text: str, rows: _Rows, *labels: str) -> Metric:
    return _filled(GaugeMetricFamily(f"pole_{name}", text, labels=labels), rows)


def _counter(name: str, text: str, rows: _Rows, *labels: str) -> Metric:
    return _filled(CounterMetricFamily(f"pole_{name}", text, labels=labels), rows)


def _filled(family: Any, rows: _Rows) -> Metric:
    """What is not known is left out."""
    for labels, value in rows:
        if value is not None:
            family.add_metric(labels, float(value))
    assert isinstance(family, Metric)
    return family
