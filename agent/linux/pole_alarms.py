"""What ``alarm`` of a device in ``pole.toml`` compiles to: see agent.settings.AlarmRule."""

from typing import Any

from agent.linux.pole_checker import Checker
from agent.linux.quantities import duration_ms, scaled
from agent.linux.toml_lines import Path as KeyPath

_KEYS = ("above", "below", "clear", "for", "clear_for", "blind", "latch")
MAX_ALARMS = 64  # their states must fit into one record of the board's flash
BLIND_INTERVALS = 2  # one reading may be lost without an alarm


class Alarms:
    """Compiles device by device."""

    def __init__(self, checker: Checker) -> None:
        self.checker = checker
        self.watched: set[str] = set()  # "device/channel" with an alarm
        self._count = 0

    def device(
        self, table: dict[str, Any], here: KeyPath, channels: dict[str, Any], every: int
    ) -> list[dict[str, Any]]:
        """The compiled alarms of one device."""
        compiled = self._alarms(table.get("alarm", {}), (*here, "alarm"), channels, every)
        self.watched.update(f"{table.get('name')}/{rule['channel']}" for rule in compiled)
        return compiled

    def level(self, alarms: list[dict[str, Any]], here: KeyPath, mount: int | None) -> None:
        """A flood is a level that rises: on the distance it would be upside down, and silently
        wrong once the sensor hangs elsewhere. mount: in mm, if the driver makes the level of it."""
        for rule in alarms:
            name, limit = rule["channel"], rule["limit"]
            if name.startswith("distance"):
                self.checker.wrong(
                    (*here, name),
                    "a level alarm stands on the level, which is mount - distance: set mount (`pole"
                    " zero` measures it on the dry road) and write alarm.level",
                )
            elif name == "level" and mount is not None and limit is not None and limit >= mount:
                self.checker.wrong((*here, name), "its limit lies above the sensor: see mount")

    def _alarms(
        self, alarms: Any, here: KeyPath, channels: dict[str, Any], every: int
    ) -> list[dict[str, Any]]:
        if not isinstance(alarms, dict):
            self.checker.wrong(here, 'expected alarm.CHANNEL = { above = "...", clear = "..." }')
            return []
        compiled = []
        for name, written in alarms.items():
            path = (*here, name)
            rules = written if isinstance(written, list) else [written]
            if name not in channels:
                self.checker.no_channel(path, name, channels)
                continue
            if any(not isinstance(rule, dict) or ("above" in rule) == ("below" in rule)
                   for rule in rules):  # fmt: skip
                self.checker.wrong(
                    path, 'expected { above = "...", clear = "...", for = "..." }, or below'
                )
                continue
            if len({"above" in rule for rule in rules}) < len(rules):
                self.checker.wrong(
                    path, "expected one rule with above and one with below at the most"
                )
            for rule in rules:
                self.checker.known_keys(rule, path, _KEYS)
                compiled.append(self._alarm(rule, path, channels[name], every))
        self._count += len(compiled)
        if self._count > MAX_ALARMS >= self._count - len(compiled):
            self.checker.wrong(here, f"a pole can judge {MAX_ALARMS} alarms at the most")
        return compiled

    def _alarm(
        self, rule: dict[str, Any], path: KeyPath, channel: Any, every: int
    ) -> dict[str, Any]:
        direction, key = (1, "above") if "above" in rule else (-1, "below")

        def quantity(name: str) -> int | None:
            try:
                return scaled(rule[name], channel.unit, channel.exponent)
            except ValueError as error:
                self.checker.wrong((*path, name), str(error))
                return None

        limit = quantity(key)
        clear = quantity("clear") if "clear" in rule else limit
        if limit is not None and clear is not None and (clear - limit) * direction > 0:
            self.checker.wrong((*path, "clear"), f"must lie on the safe side of {key!r}, or at it")
        blind = self.checker.measure(rule, path, "blind", duration_ms, 0)
        if blind and blind < BLIND_INTERVALS * every:
            self.checker.wrong(
                (*path, "blind"), f"must be {BLIND_INTERVALS} times 'every' at least"
            )
        return {
            "channel": channel.name,
            "direction": direction,
            "limit": limit,
            "clear": clear,
            "for_ms": self.checker.measure(rule, path, "for", duration_ms, 0),
            "clear_ms": self.checker.measure(rule, path, "clear_for", duration_ms, 0),
            "blind_ms": blind,
            **self._latch(rule, path),
        }

    def _latch(self, rule: dict[str, Any], path: KeyPath) -> dict[str, bool]:
        if not isinstance(rule.get("latch", False), bool):
            self.checker.wrong((*path, "latch"), "expected true or false")
        return {"latch": True} if rule.get("latch") is True else {}
