"""What ``[[line]]`` in ``pole.toml`` compiles to: see agent.settings.LineSettings."""

import difflib
from typing import Any

from agent import drivers
from agent.errors import BadSettings
from agent.linux import driver_packages, pole_wiring, toml_fields
from agent.linux.pole_alarms import Alarms
from agent.linux.pole_checker import Checker
from agent.linux.pole_drives import Drives
from agent.linux.pole_judging import Judging
from agent.linux.quantities import duration_ms, scaled
from agent.linux.toml_lines import Path as KeyPath
from agent.protocols import serial_mode

_LINE = ("name", "port", "mode", "device", *pole_wiring.LINE)
_DEVICE = (
    "name",
    "driver",
    "every",
    "alarm",
    "calibrate",
    "expect",
    "filter",
    "deadband",
    "heartbeat",
    "drive",
    *pole_wiring.DEVICE,
)


class Lines:
    """Compiles line by line; ``finish`` when all are known. judging.channels: every channel."""

    def __init__(self, checker: Checker) -> None:
        self.checker = checker
        self.judging = Judging(checker)
        self._alarms = Alarms(checker)
        self._drives = Drives(checker)

    def compile(self, lines: Any) -> list[dict[str, Any]]:
        """All lines of the document."""
        if not isinstance(lines, list) or not lines:
            expected = ": expected at least one [[line]] with its [[line.device]]s"
            self.checker.missing(("line",), expected)
            return []
        compiled = [self._line(line, ("line", index)) for index, line in enumerate(lines)]
        self.judging.finish()
        self._drives.finish(self.judging.channels, self._alarms.watched)
        return compiled

    def _line(self, line: dict[str, Any], here: KeyPath) -> dict[str, Any]:
        self.checker.known_keys(line, here, _LINE)
        mode = self.checker.text(line, here, "mode", "9600 8N1")
        try:
            serial_mode.parse(mode)
        except ValueError as error:
            self.checker.wrong((*here, "mode"), str(error))
        devices = line.get("device")
        if not isinstance(devices, list) or not devices:
            self.checker.missing((*here, "device"), ": expected at least one [[line.device]]")
            devices = []
        compiled = [
            self._device(device, (*here, "device", index)) for index, device in enumerate(devices)
        ]
        self._addresses(compiled, here)
        name = self.checker.text(line, here, "name", None)
        self.checker.unique(f"line {name}", (*here, "name"))
        port = self.checker.text(line, here, "port", None)
        if not port.startswith("tcp://"):
            # Two masters on one wire would spoil each other's replies.
            self.checker.unique(f"port {port}", (*here, "port"))
        return {
            "name": name,
            "port": port,
            "mode": mode,
            "devices": compiled,
            **pole_wiring.rts(self.checker, line, here),
        }

    def _addresses(self, devices: list[dict[str, Any]], here: KeyPath) -> None:
        taken: dict[int, str] = {}
        for index, device in enumerate(devices):
            address = device["options"].get("address")
            if address is None:
                continue
            if address == drivers.ANYONE and len(devices) > 1:
                self.checker.wrong(
                    (*here, "device", index, "address"),
                    "at 255 every device answers at once: expected no other on this line, or its "
                    "own address, which `pole scan` finds",
                )
            elif address in taken:
                self.checker.wrong(
                    (*here, "device", index, "address"),
                    f"address {address} is already that of {taken[address]!r} on this line",
                )
            taken[address] = device["name"]

    def _device(self, device: dict[str, Any], here: KeyPath) -> dict[str, Any]:
        name = self.checker.text(device, here, "name", None)
        self.checker.unique(f"device {name}", (*here, "name"))
        model = driver_packages.dotted(self.checker.text(device, here, "driver", None))
        every = self.checker.measure(device, here, "every", duration_ms, None)
        compiled: dict[str, Any] = {"name": name, "driver": model, "options": {}, "every_ms": every}
        compiled["alarms"] = []
        driver_class = self._driver(model, here)
        if driver_class is None:
            strange = [key for key in device if key not in _DEVICE]
            near = difflib.get_close_matches("driver", strange, 1) if not model else []
            self.checker.known_keys(dict.fromkeys(near), here, _DEVICE)
            return compiled
        if every and every < driver_class.min_every_ms:
            self.checker.wrong(
                (*here, "every"),
                f"{model} can be read every {driver_class.min_every_ms} ms at the most",
            )
        options = {option.name: option for option in driver_class.options}
        self.checker.known_keys(device, here, (*_DEVICE, *options))
        before = len(self.checker.mistakes)
        values = {
            option.name: self._option(option, device, here) for option in driver_class.options
        }
        values.update(pole_wiring.limits(self.checker, device, here, driver_class))
        compiled["options"] = {key: value for key, value in values.items() if value is not None}
        whole = all(values[option.name] is not None for option in options.values()
                    if option.required)  # fmt: skip
        if whole and len(self.checker.mistakes) == before:
            channels = {channel.name: channel for channel in driver_class(values).channels}
            compiled.update(self.judging.device(device, here, channels, every))
            compiled["alarms"] = self._alarms.device(device, here, channels, every)
            compiled["drives"] = self._drives.device(device, here, driver_class, channels)
            if values.get("address") == drivers.ANYONE and hasattr(driver_class, "write"):
                self.checker.wrong(
                    (*here, "address"), "nothing is ever written to 255: expected its own address"
                )
            if driver_class.kind == "water level":
                self._alarms.level(compiled["alarms"], (*here, "alarm"), values.get("mount"))
        return compiled

    def _driver(self, model: str, here: KeyPath) -> Any:
        if not model:
            return None
        try:
            return driver_packages.load(model, self.checker.folder)
        except BadSettings as error:
            self.checker.wrong((*here, "driver"), str(error))
            return None

    def _option(self, option: Any, device: dict[str, Any], here: KeyPath) -> Any:
        """One driver option as an integer, or a choice's text; None where it is left out."""
        path = (*here, option.name)
        if option.name not in device:
            if option.default is None and option.required:
                self.checker.missing(path, f"; {option.help}")
            return option.default
        value = device[option.name]
        if option.kind == "fields":
            return toml_fields.compiled(value, path, self.checker.wrong)
        try:
            return drivers.check_option(option, value, scaled)
        except ValueError as error:
            self.checker.wrong(path, str(error))
            return None
