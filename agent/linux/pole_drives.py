"""What ``drive`` of a relay board in ``pole.toml`` compiles to: see agent.actuation.Drive."""

from typing import Any

from agent.linux.pole_checker import Checker
from agent.linux.quantities import duration_ms
from agent.linux.toml_lines import Path

_KEYS = ("alarms", "state", "silent_in_maintenance", "least", "hand")
_STATES = {"on": 1, "off": 0}


class Drives:
    """Compiles device by device; ``finish`` when all channels and alarms are known."""

    def __init__(self, compiler: Checker) -> None:
        self.compiler = compiler
        self.written: list[tuple[Path, list[str], str]] = []

    def device(
        self, table: dict[str, Any], here: Path, driver: Any, channels: dict[str, Any]
    ) -> list[list[Any]]:
        """The compiled drives of one device."""
        drives = table.get("drive", {})
        path = (*here, "drive")
        if drives and not hasattr(driver, "write"):
            self.compiler.wrong(path, f"nothing can be written to {driver.model}")
            return []
        if not isinstance(drives, dict):
            self.compiler.wrong(path, 'expected drive.RELAY = { alarms = ["device/channel"] }')
            return []
        compiled = []
        for name, rule in drives.items():
            if name not in channels:
                self.compiler.no_channel((*path, name), name, channels)
            elif not isinstance(rule, dict):
                self.compiler.wrong((*path, name), f"expected a table of {', '.join(_KEYS)}")
            else:
                compiled.append(self._drive(name, rule, (*path, name)))
        return compiled

    def finish(self, channels: dict[str, tuple[Any, int]], watched: set[str]) -> None:
        """channels: every "device/channel"; watched: those of them that have an alarm."""
        for path, alarms, hand in self.written:
            for name in alarms:
                if name not in watched:
                    known = ", ".join(sorted(watched)) or "none"
                    self.compiler.wrong(
                        (*path, "alarms"), f"{name!r} has no alarm; those that have: {known}"
                    )
            if hand and (hand not in channels or channels[hand][0].unit != "/"):
                self.compiler.wrong(
                    (*path, "hand"), f"expected a digital input as device/channel, not {hand!r}"
                )

    def _drive(self, name: str, rule: dict[str, Any], path: Path) -> list[Any]:
        self.compiler.known_keys(rule, path, _KEYS)
        alarms = rule.get("alarms")
        if not isinstance(alarms, list) or not alarms or not all(map(_is_text, alarms)):
            self.compiler.wrong(path, 'expected alarms = ["device/channel", ...]')
            alarms = []
        state = rule.get("state", "on")
        if state not in _STATES:
            self.compiler.wrong((*path, "state"), "expected 'on' or 'off'")
        silent = rule.get("silent_in_maintenance", False)
        if not isinstance(silent, bool):
            self.compiler.wrong((*path, "silent_in_maintenance"), "expected true or false")
        hand = rule.get("hand", "")
        if not isinstance(hand, str):
            self.compiler.wrong((*path, "hand"), 'expected "device/channel"')
            hand = ""
        self.written.append((path, alarms, hand))
        return [
            name,
            alarms,
            _STATES.get(state, 1),
            int(silent is True),
            self.compiler.measure(rule, path, "least", duration_ms, 0),
            hand,
        ]


def _is_text(value: object) -> bool:
    return isinstance(value, str)
