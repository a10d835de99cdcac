"""Simulated lines from a configuration, told what to do by JSON lines.

``python -m simulators.lines CONFIG.json`` prints ``{"ready": true}`` once the ptys are there, takes
one command a line on stdin, answers each with ``{"ok": true}`` or ``{"error": "..."}``, and ends
with its stdin. The configuration::

    {"log": "sensors.jsonl", "seed": 1,
     "lines": [{"path": "rs485", "mode": "9600 8N1",
                "twins": [{"pole": "P1", "device": "underpass", "model": "dyp-ultrasonic",
                           "unit": 1, "mount": 3200, "signals":
                           {"level": {"value": 20, "step": 3, "low": 0, "high": 2500},
                            "temperature": 215}}]}]}

``unit`` only where the model is a Modbus slave. ``"server": "pymodbus"`` has pymodbus serve a
fukaite-gas. Commands::

    {"do": "step", "device": "underpass", "channel": "level", "value": 500}
    {"do": "fault", "device": "underpass", "fault": "silent"}     "" heals it
    {"do": "unplug", "line": "rs485"}    {"do": "plug", "line": "rs485"}

Where several poles have a device of one name, ``"pole"`` says which is meant.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from simulators.lines.pty_lines import Lines, PtyLine
from simulators.lines.pymodbus_slave import GasSlave
from simulators.lines.reading_log import ReadingLog
from simulators.world.dice import Dice
from simulators.world.sensors import twin
from simulators.world.signal import Signal

_FAULTS = (twin.HEALTHY, twin.SILENT, twin.GARBAGE, twin.FOREIGN, twin.REFUSES)
_ANYTHING = 1 << 31
_USAGE = "usage: python -m simulators.lines CONFIG.json (see simulators/lines/control.py)"


class LineControl:
    """The lines of one configuration. ValueError says what is wrong with it."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.lines = Lines()
        self._log = ReadingLog(Path(config["log"]))
        self._dice = Dice(int(config.get("seed", 1)))
        self._by_path: dict[str, PtyLine] = {}
        self._twins: dict[tuple[str, str], Any] = {}
        self._signals: dict[tuple[str, str, str], Signal] = {}
        try:
            for line in config["lines"]:
                twins = [self._twin(part) for part in line["twins"]]
                mode = line.get("mode", "9600 8N1")
                self._by_path[line["path"]] = self.lines.add(Path(line["path"]), mode, twins)
        except BaseException:
            self.stop()
            raise
        self.lines.start()

    def obey(self, command: dict[str, Any]) -> None:
        """Carry one command out. ValueError says what is wrong with it."""
        verb = command.get("do")
        if verb == "step":
            place = (*self._place(command), str(command.get("channel")))
            if place not in self._signals:
                raise ValueError(f"no channel {place[2]!r} in {place[1]}")
            self._signals[place].jump(int(command["value"]))
        elif verb == "fault":
            if command.get("fault") not in _FAULTS:
                raise ValueError(f"no such fault; there are {', '.join(map(repr, _FAULTS))}")
            self._twins[self._place(command)].fault = command["fault"]
        elif verb in ("unplug", "plug"):
            line = self._by_path.get(str(command.get("line")))
            if line is None:
                raise ValueError(f"no line {command.get('line')!r}")
            (self.lines.unplug if verb == "unplug" else self.lines.plug)(line)
        else:
            raise ValueError('"do" is one of step, fault, unplug, plug')

    def stop(self) -> None:
        """End, and close every pty."""
        self.lines.stop()
        for member in self._twins.values():
            if hasattr(member, "stop"):
                member.stop()
        self._log.close()

    def _place(self, command: dict[str, Any]) -> tuple[str, str]:
        device, pole = command.get("device"), command.get("pole")
        found = [key for key in self._twins if key[1] == device and pole in (None, key[0])]
        if len(found) != 1:
            raise ValueError(f"{len(found)} devices are named {device!r}")
        return found[0]

    def _twin(self, part: dict[str, Any]) -> Any:
        place = part.get("pole", ""), part["device"]
        if place in self._twins:
            raise ValueError(f"two devices of one pole are named {place[1]!r}")
        signals = {name: self._signal(signal) for name, signal in part["signals"].items()}
        self._signals.update({(*place, name): signal for name, signal in signals.items()})
        log = self._log.channel(*place)
        if part.get("server") == "pymodbus":
            if part["model"] != "fukaite-gas":
                raise ValueError("pymodbus serves the model fukaite-gas only")
            self._twins[place] = GasSlave(part["unit"], signals["co"], log)
            return self._twins[place]
        name = "simulators.world.sensors." + part["model"].replace("-", "_")
        try:
            made = importlib.import_module(name).Twin
        except ModuleNotFoundError:
            raise ValueError(f"no twin of {part['model']!r} in simulators/world/sensors") from None
        known = ("pole", "device", "model", "unit", "server", "signals")
        more = {key: value for key, value in part.items() if key not in known}
        unit = [part["unit"]] if "unit" in part else []
        self._twins[place] = made(*unit, signals, log, **more)
        return self._twins[place]

    def _signal(self, signal: int | dict[str, int]) -> Signal:
        words = {"value": signal} if isinstance(signal, int) else signal
        return Signal(
            self._dice,
            words["value"],
            words.get("step", 0),
            words.get("low", -_ANYTHING),
            words.get("high", _ANYTHING),
            words.get("period_ms", 10_000),
        )


def main(arguments: list[str]) -> int:
    """Serve the lines of a configuration until stdin ends; the exit status."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(_USAGE, file=sys.stderr)
        return 2
    try:
        config = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        control = LineControl(config)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{arguments[0]}: {_sentence(error)}", file=sys.stderr)
        return 1
    try:
        print(json.dumps({"ready": True}), flush=True)
        for line in sys.stdin:
            try:
                control.obey(json.loads(line))
                answer: dict[str, Any] = {"ok": True}
            except (OSError, ValueError, KeyError, TypeError) as error:
                answer = {"error": _sentence(error)}
            print(json.dumps(answer), flush=True)
    except KeyboardInterrupt:
        pass
    finally:
        control.stop()
    return 0


def _sentence(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
