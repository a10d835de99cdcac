"""What ``calibrate``, ``expect``, ``filter`` and ``deadband`` of a device in ``pole.toml`` become.

Checks: see agent.quality.Check. Filters: [channel, kind, count], see agent.filters. Deadbands:
[channel, band], see agent.deadband.
"""

import datetime
from typing import Any

from agent.filters import KINDS, derived
from agent.linux.pole_checker import Checker
from agent.linux.quantities import duration_ms, scaled
from agent.linux.toml_lines import Path

_CALIBRATE = ("offset", "due")
_EXPECT = ("low", "high", "change", "stuck", "agrees_with", "within")
STUCK_INTERVALS = 3
FRESH_INTERVALS = 2
HEARTBEAT_INTERVALS = 2
MAX_WINDOW = 32


class Judging:
    """Compiles device by device; ``finish`` when all are known."""

    def __init__(self, compiler: Checker) -> None:
        self.compiler = compiler
        self.channels: dict[str, tuple[Any, int]] = {}  # "device/channel": (Channel, every_ms)
        self.agreements: list[tuple[Path, list[Any], Any, int]] = []

    def device(
        self, table: dict[str, Any], here: Path, channels: dict[str, Any], every: int
    ) -> dict[str, Any]:
        """The compiled parts of one device. Adds the channels that its filters make."""
        compiled = {
            "checks": self._checks(table, here, channels, every),
            "filters": self._filters(table.get("filter", {}), (*here, "filter"), channels),
        }
        compiled.update(self._exceptions(table, here, channels, every))
        for name, channel in channels.items():
            self.channels[f"{table.get('name')}/{name}"] = (channel, every)
        return {key: value for key, value in compiled.items() if value}

    def finish(self) -> None:
        """Resolve which channels agree with which, now that all are known."""
        for path, agrees, channel, every in self.agreements:
            other, other_every = self.channels.get(f"{agrees[0]}/{agrees[1]}", (None, 0))
            if other is None:
                known = ", ".join(sorted(self.channels))
                self.compiler.wrong(path, f"no such channel; known: {known}")
            elif (other.unit, other.exponent) != (channel.unit, channel.exponent):
                self.compiler.wrong(path, "must have the same unit and resolution")
            agrees.append(FRESH_INTERVALS * max(every, other_every))

    # Calibration and plausibility.

    def _checks(
        self, table: dict[str, Any], here: Path, channels: dict[str, Any], every: int
    ) -> list[list[Any]]:
        calibrate = self._by_channel(table, here, "calibrate", channels, _CALIBRATE)
        expect = self._by_channel(table, here, "expect", channels, _EXPECT)
        checks = []
        for name in sorted({*calibrate, *expect}):
            channel = channels[name]
            path = (*here, "calibrate", name)
            offset = self._quantity(calibrate.get(name, {}), path, "offset", channel) or 0
            due = self._date(calibrate.get(name, {}), path)
            expected = self._expected(expect.get(name, {}), (*here, "expect", name), channel, every)
            checks.append([name, offset, *expected, due])
        return checks

    def _expected(self, rule: dict[str, Any], path: Path, channel: Any, every: int) -> list[Any]:
        low = self._quantity(rule, path, "low", channel)
        high = self._quantity(rule, path, "high", channel)
        if low is not None and high is not None and low >= high:
            self.compiler.wrong((*path, "low"), "must be less than 'high'")
        change = self._quantity(rule, path, "change", derived(channel, "rate"))
        stuck = self.compiler.measure(rule, path, "stuck", duration_ms, 0)
        if stuck and stuck < STUCK_INTERVALS * every:
            self.compiler.wrong(
                (*path, "stuck"), f"must be {STUCK_INTERVALS} times 'every' at least"
            )
        return [low, high, change, stuck, self._agrees(rule, path, channel, every)]

    def _agrees(self, rule: dict[str, Any], path: Path, channel: Any, every: int) -> Any:
        within = self._quantity(rule, path, "within", channel)
        if "agrees_with" not in rule:
            if within is not None:
                self.compiler.wrong((*path, "within"), 'needs agrees_with = "device/channel"')
            return None
        device, _, name = str(rule["agrees_with"]).partition("/")
        if within is None:
            self.compiler.wrong(path, 'agrees_with needs within = "..."')
        agrees = [device, name, within]
        self.agreements.append(((*path, "agrees_with"), agrees, channel, every))
        return agrees

    # Filters.

    def _filters(self, filters: Any, here: Path, channels: dict[str, Any]) -> list[list[Any]]:
        if not isinstance(filters, dict):
            self.compiler.wrong(here, 'expected filter.CHANNEL = "median 5"')
            return []
        compiled: list[list[Any]] = []
        measured = dict(channels)
        for name, written in filters.items():
            if name not in measured:
                self.compiler.no_channel((*here, name), name, measured)
                continue
            for text in written if isinstance(written, list) else [written]:
                words = text.split() if isinstance(text, str) else []
                known = len(words) == 2 and words[0] in KINDS and words[1].isdigit()
                if not known or not 2 <= int(words[1]) <= MAX_WINDOW:
                    self.compiler.wrong(
                        (*here, name),
                        f"expected one of {', '.join(KINDS)} and over how many readings, 2 to "
                        f'{MAX_WINDOW}, such as "median 5", not {text!r}',
                    )
                    continue
                made = derived(measured[name], words[0])
                if made.name in channels:
                    self.compiler.wrong((*here, name), f"there is a channel {made.name!r} already")
                    continue
                channels[made.name] = made
                compiled.append([name, words[0], int(words[1])])
        return compiled

    # Report by exception.

    def _exceptions(
        self, table: dict[str, Any], here: Path, channels: dict[str, Any], every: int
    ) -> dict[str, Any]:
        heartbeat = self.compiler.measure(table, here, "heartbeat", duration_ms, 0)
        if heartbeat and heartbeat < HEARTBEAT_INTERVALS * every:
            self.compiler.wrong(
                (*here, "heartbeat"), f"must be {HEARTBEAT_INTERVALS} times 'every' at least"
            )
        written = table.get("deadband", {})
        path = (*here, "deadband")
        if not isinstance(written, dict):
            self.compiler.wrong(path, 'expected deadband.CHANNEL = "5 mm"')
            return {}
        if written and not heartbeat:
            self.compiler.wrong(path, 'needs heartbeat = "15min": so often a row is sent at least')
        deadbands = []
        for name in written:
            if name not in channels:
                self.compiler.no_channel((*path, name), name, channels)
                continue
            band = self._quantity(written, path, name, channels[name])
            if band is not None and band < 0:
                self.compiler.wrong((*path, name), "expected no less than nothing")
            deadbands.append([name, band])
        return {"heartbeat_ms": heartbeat, "deadbands": deadbands}

    # The smallest pieces.

    def _by_channel(
        self,
        table: dict[str, Any],
        here: Path,
        key: str,
        channels: dict[str, Any],
        known: tuple[str, ...],
    ) -> dict[str, dict[str, Any]]:
        """The tables under key, by channel, without those that are none."""
        written = table.get(key, {})
        if not isinstance(written, dict):
            self.compiler.wrong((*here, key), f"expected {key}.CHANNEL = {{ ... }}")
            return {}
        found = {}
        for name, rule in written.items():
            path = (*here, key, name)
            if name not in channels:
                self.compiler.no_channel(path, name, channels)
            elif not isinstance(rule, dict):
                self.compiler.wrong(path, f"expected a table of {', '.join(known)}")
            else:
                self.compiler.known_keys(rule, path, known)
                found[name] = rule
        return found

    def _quantity(self, rule: dict[str, Any], path: Path, key: str, channel: Any) -> int | None:
        if key not in rule:
            return None
        try:
            return scaled(rule[key], channel.unit, channel.exponent)
        except ValueError as error:
            self.compiler.wrong((*path, key), str(error))
            return None

    def _date(self, rule: dict[str, Any], path: Path) -> int | None:
        """UTC ms of the beginning of a day such as "2026-12-01"."""
        if "due" not in rule:
            return None
        try:
            day = datetime.date.fromisoformat(str(rule["due"]))
        except ValueError:
            self.compiler.wrong((*path, "due"), f'expected a day such as "2026-12-01", not '
                                                f"{rule['due']!r}")  # fmt: skip
            return None
        begins = datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC)
        return int(begins.timestamp()) * 1000
