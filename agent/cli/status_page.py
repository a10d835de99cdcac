"""How ``pole status`` lays a snapshot out, within 80 columns."""

import time
from collections.abc import Iterator
from typing import Any

from agent.cli.speech import Speaker, padded, wrapped
from agent.linux.certificate_end import SOON_MS, day
from agent.linux.trouble_words import in_chinese

_NAME, _NUMBER = 24, -10  # columns


class Page:
    """found: a snapshot (agent.linux.status); before: an earlier one of the same agent, whose
    counters are taken off, or None for all since the start."""

    def __init__(
        self, speaker: Speaker, found: dict[str, Any], before: dict[str, Any] | None = None
    ) -> None:
        self.text = speaker.text
        self.chinese = speaker.chinese
        self.found = found
        same = before is not None and before["process"]["pid"] == found["process"]["pid"]
        self.before = before if same else None
        since = self.before["uptime_ms"] if self.before else 0
        self.span_ms = max(1, found["uptime_ms"] - since)

    def lines(self) -> Iterator[str]:
        """The whole page, each line at most 79 columns."""
        for part in (self._head, self._lines, self._journal, self._uplinks, self._rest):
            for line in part():
                yield from (
                    wrapped(line, 0)
                    if not line.startswith(" ")
                    else wrapped(line.lstrip(), len(line) - len(line.lstrip()))
                )

    def _head(self) -> Iterator[str]:
        found, text = self.found, self.text
        yield text("head", pole=found["pole"], version=found["version"], boot=found["boot"],
                   up=duration(found["uptime_ms"]), reason=text(found["started_by"]))  # fmt: skip
        release = found.get("release")  # of a node that `pole install` made
        if release:
            code = "kept" if release["confirmed"] else "trial"
            yield "  " + text(code, **release)
            if release["reason"]:
                yield "  " + text("reason", **release)
            if release["lost_python"]:
                yield "  " + text("lost", python=release["lost_python"], name=release["active"])
        process = found["process"]
        used = process["cpu_ms"] - (self.before["process"]["cpu_ms"] if self.before else 0)
        yield "  " + text("cost", cpu=self._percent(used), memory=size(process["memory"]),
                          peak=size(process["memory_peak"]))  # fmt: skip
        if found["rows_dropped"]:
            yield "  " + text("dropped", rows=found["rows_dropped"])

    def _lines(self) -> Iterator[str]:
        titles = [self.text(code) for code in ("use", "sent", "heard", "late")]
        yield padded(self.text("line"), _NAME) + "".join(padded(one, _NUMBER) for one in titles)
        for index, line in enumerate(self.found["lines"]):
            before = self.before["lines"][index] if self.before else dict.fromkeys(line, 0)
            busy = line["busy_ms"]
            use = "-" if busy is None else f"{self._percent(busy - before['busy_ms'])} %"
            row = [use, size(line["sent_bytes"] - before["sent_bytes"]),
                   size(line["heard_bytes"] - before["heard_bytes"]),
                   str(line["timeouts"] - before["timeouts"])]  # fmt: skip
            yield padded(line["name"], _NAME) + "".join(padded(one, _NUMBER) for one in row)
            skipped = line["skipped"] - before["skipped"]
            if skipped:
                yield "  " + self.text("skipped", count=skipped)
            if line["broken"]:
                yield "  " + self.text("broken", why=self._told(line["broken"]))
            for device in self.found["devices"]:
                if device["line"] == line["name"]:
                    yield self._device(device)

    def _device(self, device: dict[str, Any]) -> str:
        seconds = -(-(device["probe_in_ms"] or 0) // 1000)
        error = self._told(device["error"])
        state = self.text(device["state"], error=error, seconds=seconds)
        return f"  {padded(device['name'], _NAME - 2)}{padded(device['model'], 20)}  {state}"

    def _told(self, error: str) -> str:
        return in_chinese(error) if self.chinese else error

    def _journal(self) -> Iterator[str]:
        journal, text = self.found["journal"], self.text
        yield text("journal", used=size(journal["used"]), size=size(journal["size"]),
                   percent=journal["full_per_mille"] // 10)  # fmt: skip
        for name, lane in journal["lanes"].items():
            told = text("lane", name=text(name), waiting=lane["waiting"], frames=lane["frames"])
            if lane["oldest"]:
                told += text("oldest", at=moment(*lane["oldest"]))
            yield "  " + told

    def _uplinks(self) -> Iterator[str]:
        text = self.text
        for part in self.found["uplinks"]:
            state = text("up") if part["connected"] else text("down", error=part["error"]).strip()
            yield text("uplink", url=part["url"], state=state)
            ago = part["acknowledged_ms_ago"]
            yield "  " + (text("never") if ago is None else text(
                "acknowledged", ago=duration(ago), ms=part["round_trip_ms"]))  # fmt: skip
            yield "  " + text("moved", frames=part["frames"], sent=size(part["sent_bytes"]),
                              heard=size(part["heard_bytes"]))  # fmt: skip
            until = part.get("certificate_until_ms")
            if until is not None:
                code = "ends" if until - time.time() * 1000 < SOON_MS else "good"
                yield "  " + text(f"certificate {code}", until=day(until))
        data = self.found["data"]
        code = "budget" if data["budget"] else "today"
        yield text(code, today=size(data["today"]), budget=size(data["budget"]))

    def _rest(self) -> Iterator[str]:
        found, text = self.found, self.text
        told, alarms, ration = found["time"], found["alarms"], found["ration"]
        if told["utc_ms"] is None:
            yield text("no-time")
        else:
            yield text("time", quality=text(told["quality"]), source=told["source"],
                       at=moment(told["utc_ms"], "synced"))  # fmt: skip
        yield text("active", count=len(alarms)) if alarms else text("no-alarm")
        for alarm in alarms:
            where = f"{alarm['device']}/{alarm['channel']}"
            yield "  " + text("one", where=where, state=text(alarm["state"]),
                              time=duration(alarm["for_ms"]))  # fmt: skip
        if found["maintenance"]:
            yield "  " + text("maintenance")
        if ration["why"]:
            yield text("rationed", keep=ration["keep_one_in"], lane=text(ration["lowest_lane"]),
                       why=text(ration["why"]))  # fmt: skip
        else:
            yield text("free")

    def _percent(self, busy_ms: int) -> str:
        return f"{busy_ms * 100 / self.span_ms:.1f}"


def size(count: int) -> str:
    """Bytes as people read them: 512 B, 13 KB, 14.0 MB."""
    if count < 10 << 10:
        return f"{count} B"
    return f"{count / 1024:.0f} KB" if count < 10 << 20 else f"{count / (1 << 20):.1f} MB"


def duration(ms: int) -> str:
    """Milliseconds as people read them: 12 s, 3:05:12, 2 d 03:05:12."""
    seconds = ms // 1000
    if seconds < 100:
        return f"{seconds} s"
    days = f"{seconds // 86400} d " if seconds >= 86400 else ""
    return f"{days}{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def moment(ms: int, quality: str) -> str:
    """An instant in this machine's zone; where the time was not known, the uptime."""
    if quality == "unsynced":
        return f"+{duration(ms)}"
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(ms / 1000))
