"""``pole.toml``: what people write, checked whole and compiled to agent.settings.

Every mistake is reported at once, each with its line, what was expected and the nearest right word.
"""

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import drivers
from agent.errors import BadSettings
from agent.linux import driver_packages, pole_wiring, toml_fields
from agent.linux.pole_drives import Drives
from agent.linux.pole_judging import Judging
from agent.linux.pole_uplink import Uplink
from agent.linux.quantities import duration_ms, scaled, size_bytes
from agent.linux.tls_files import TlsFiles
from agent.linux.toml_lines import Path as KeyPath
from agent.linux.toml_lines import key_lines, line_of
from agent.maintenance import LONGEST
from agent.protocols import serial_mode, sm2
from agent.settings import Settings, pack, unpack

_POLE = ("id", "place", "key")
_JOURNAL = ("folder", "size", "commit_every")
_MAINTENANCE = ("switch", "longest")
_SIGNING = ("table", "check")
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
_ALARM = ("above", "below", "clear", "for", "clear_for", "blind", "latch")
MAX_ALARMS = 64  # their states must fit into one record of the board's flash
BLIND_INTERVALS = 2  # one reading may be lost without an alarm


@dataclass(frozen=True)
class Mistake:
    """One mistake: the line it stands on (from 1), where, and what to do."""

    line: int
    where: str
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.where}: {self.text}"


@dataclass(frozen=True)
class PoleFile:
    """A checked pole.toml: compiled settings, and what only a Linux node needs."""

    settings: Settings
    packed: bytes
    key: Path
    journal: Path
    tls: TlsFiles
    oscore: Path | None
    district_tls: TlsFiles
    district_oscore: Path | None


def load(path: Path, *, need_platform_key: bool = True) -> PoleFile:
    """Read, check and compile. BadSettings holds every Mistake. OSError if it cannot be read."""
    return loads(path.read_text(encoding="utf-8"), path.parent, need_platform_key=need_platform_key)


def loads(text: str, folder: Path, *, need_platform_key: bool = True) -> PoleFile:
    """The same for a text that stands, or is to stand, in a file of folder."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = str(error).rpartition("at line ")[2].partition(",")[0]
        line = int(found) if found.isdigit() else 1
        raise BadSettings([Mistake(line, "TOML", str(error).partition(" (at")[0])]) from None
    compiler = _Compiler(document, key_lines(text), folder, need_platform_key)
    items = compiler.compile()
    if compiler.mistakes:
        raise BadSettings(sorted(compiler.mistakes, key=lambda mistake: mistake.line))
    packed = pack(items)
    return PoleFile(
        unpack(packed),
        packed,
        compiler.key,
        compiler.journal,
        compiler.uplink.tls,
        compiler.uplink.oscore,
        compiler.district.tls,
        compiler.district.oscore,
    )


class _Compiler:
    def __init__(
        self, document: dict[str, Any], lines: dict[KeyPath, int], folder: Path, need_key: bool
    ) -> None:
        self.document = document
        self.lines = lines
        self.folder = folder
        self.mistakes: list[Mistake] = []
        self.key = folder / "device.key"
        self.journal = folder / "journal"
        self.uplink = Uplink(self, need_key)
        self.district = Uplink(self, need_key, "district")
        self.names: dict[str, int] = {}
        self.alarm_count = 0
        self.judging = Judging(self)
        self.drives = Drives(self)
        self.watched: set[str] = set()  # "device/channel" with an alarm

    def wrong(self, path: KeyPath, text: str) -> None:
        where = ".".join(str(part) for part in path if isinstance(part, str))
        self.mistakes.append(Mistake(line_of(self.lines, path), where or "the file", text))

    def compile(self) -> dict[str, Any]:
        known = ("pole", "uplink", "district", "journal", "maintenance", "signing", "line")
        self.known_keys(self.document, (), known)
        pole = self.table("pole")
        uplink = self.table("uplink")
        journal = self.table("journal", required=False)
        if "folder" in journal:
            self.journal = self.folder / self.text(journal, ("journal",), "folder", "")
        lines = self.document.get("line")
        if not isinstance(lines, list) or not lines:
            self.wrong(("line",), "expected at least one [[line]] with its [[line.device]]s")
            lines = []
        compiled = {
            "pole": self.pole(pole),
            "uplink": self.uplink.compile(uplink),
            "journal": {
                "size": self.measure(journal, ("journal",), "size", size_bytes, "4 MB"),
                "commit_ms": self.measure(journal, ("journal",), "commit_every", duration_ms, 0),
            },
            "lines": [self.line(line, ("line", index)) for index, line in enumerate(lines)],
        }
        self.judging.finish()
        self.drives.finish(self.judging.channels, self.watched)
        switch = self.maintenance(self.table("maintenance", required=False))
        signing = self.signing(self.table("signing", required=False))
        compiled |= {"switch": switch} if switch else {}
        if "district" in self.document:
            compiled["district"] = self.district.platform(self.table("district"))
        return compiled | ({"signing": signing} if signing else {})

    # The parts.

    def pole(self, pole: dict[str, Any]) -> dict[str, Any]:
        self.known_keys(pole, ("pole",), _POLE)
        if "key" in pole:
            self.key = self.folder / self.text(pole, ("pole",), "key", "")
        place = pole.get("place")
        if place is not None:
            good = isinstance(place, list) and len(place) == 2
            if good and all(isinstance(part, int | float) for part in place):
                good = -180 <= place[0] <= 180 and -90 <= place[1] <= 90
                place = [round(part * 10_000_000) for part in place]
            else:
                good = False
            if not good:
                self.wrong(("pole", "place"), "expected [longitude, latitude] in degrees, CGCS2000")
                place = None
        name = self.text(pole, ("pole",), "id", None)
        if any(letter in name for letter in "/+# \t\n") or len(name.encode()) > 48:
            self.wrong(("pole", "id"), "expected up to 48 bytes without spaces, '/', '+' or '#'")
        return {"id": name, "place": place}

    def maintenance(self, table: dict[str, Any]) -> list[Any]:
        """[device, channel, ms] of the key switch, [] where there is none."""
        here: KeyPath = ("maintenance",)
        self.known_keys(table, here, _MAINTENANCE)
        if not table:
            return []
        switch = self.text(table, here, "switch", None)
        longest = self.measure(table, here, "longest", duration_ms, "2h")
        if longest > LONGEST:
            self.wrong((*here, "longest"), "expected a day at the most")
        known = self.judging.channels
        if switch and (switch not in known or known[switch][0].unit != "/"):
            inputs = sorted(name for name, (channel, _) in known.items() if channel.unit == "/")
            self.wrong(
                (*here, "switch"),
                f"expected a digital input as device/channel; known: {', '.join(inputs) or 'none'}",
            )
        device, _, channel = switch.partition("/")
        return [device, channel, longest]

    def signing(self, table: dict[str, Any]) -> list[int]:
        """[KB of the table that boards sign with, 1 where each signature is checked]."""
        here: KeyPath = ("signing",)
        self.known_keys(table, here, _SIGNING)
        if not table:
            return []
        sizes = {f"{kilobytes} KB": kilobytes for kilobytes in sm2.TABLES}
        size = self.choice(table, here, "table", tuple(sizes)) if "table" in table else ""
        check = table.get("check", False)
        if not isinstance(check, bool):
            self.wrong((*here, "check"), f"expected true or false, not {check!r}")
        return [sizes.get(size, sm2.DEFAULT_TABLE), int(check is True)]

    def line(self, line: dict[str, Any], here: KeyPath) -> dict[str, Any]:
        self.known_keys(line, here, _LINE)
        mode = self.text(line, here, "mode", "9600 8N1")
        try:
            serial_mode.parse(mode)
        except ValueError as error:
            self.wrong((*here, "mode"), str(error))
        devices = line.get("device")
        if not isinstance(devices, list) or not devices:
            self.wrong((*here, "device"), "expected at least one [[line.device]]")
            devices = []
        compiled = [
            self.device(device, (*here, "device", index)) for index, device in enumerate(devices)
        ]
        self.addresses(compiled, here)
        name = self.text(line, here, "name", None)
        self.unique(f"line {name}", (*here, "name"))
        port = self.text(line, here, "port", None)
        if not port.startswith("tcp://"):
            # Two masters on one wire would spoil each other's replies.
            self.unique(f"port {port}", (*here, "port"))
        return {
            "name": name,
            "port": port,
            "mode": mode,
            "devices": compiled,
            **pole_wiring.rts(self, line, here),
        }

    def addresses(self, devices: list[dict[str, Any]], here: KeyPath) -> None:
        taken: dict[int, str] = {}
        for index, device in enumerate(devices):
            address = device["options"].get("address")
            if address is None:
                continue
            if address in taken:
                self.wrong(
                    (*here, "device", index, "address"),
                    f"address {address} is already that of {taken[address]!r} on this line",
                )
            taken[address] = device["name"]

    def device(self, device: dict[str, Any], here: KeyPath) -> dict[str, Any]:
        name = self.text(device, here, "name", None)
        self.unique(f"device {name}", (*here, "name"))
        model = driver_packages.dotted(self.text(device, here, "driver", None))
        every = self.measure(device, here, "every", duration_ms, None)
        compiled: dict[str, Any] = {"name": name, "driver": model, "options": {}, "every_ms": every}
        compiled["alarms"] = []
        driver_class = self.driver(model, here)
        if driver_class is None:
            return compiled
        if every and every < driver_class.min_every_ms:
            self.wrong(
                (*here, "every"),
                f"{model} can be read every {driver_class.min_every_ms} ms at the most",
            )
        options = {option.name: option for option in driver_class.options}
        self.known_keys(device, here, (*_DEVICE, *options))
        before = len(self.mistakes)
        values = {option.name: self.option(option, device, here) for option in driver_class.options}
        values.update(pole_wiring.limits(self, device, here, driver_class))
        compiled["options"] = {key: value for key, value in values.items() if value is not None}
        if len(self.mistakes) == before:
            channels = {channel.name: channel for channel in driver_class(values).channels}
            compiled.update(self.judging.device(device, here, channels, every))
            compiled["alarms"] = self.alarms(
                device.get("alarm", {}), (*here, "alarm"), channels, every
            )
            self.watched.update(f"{name}/{rule['channel']}" for rule in compiled["alarms"])
            compiled["drives"] = self.drives.device(device, here, driver_class, channels)
            if driver_class.kind == "water level":
                self.level_alarms(compiled["alarms"], (*here, "alarm"), values.get("mount"))
        return compiled

    def driver(self, model: str, here: KeyPath) -> Any:
        if not model:
            return None
        try:
            return driver_packages.load(model, self.folder)
        except BadSettings as error:
            self.wrong((*here, "driver"), str(error))
            return None

    def option(self, option: Any, device: dict[str, Any], here: KeyPath) -> Any:
        """One driver option as an integer, or a choice's text; None where it is left out."""
        path = (*here, option.name)
        if option.name not in device:
            if option.default is None and option.required:
                self.wrong(path, f"missing; {option.help}")
            return option.default
        value = device[option.name]
        if option.kind == "fields":
            return toml_fields.compiled(value, path, self.wrong)
        try:
            return drivers.check_option(option, value, scaled)
        except ValueError as error:
            self.wrong(path, str(error))
            return None

    def alarms(
        self, alarms: Any, here: KeyPath, channels: dict[str, Any], every: int
    ) -> list[dict[str, Any]]:
        if not isinstance(alarms, dict):
            self.wrong(here, 'expected alarm.CHANNEL = { above = "...", clear = "..." }')
            return []
        compiled = []
        for name, written in alarms.items():
            path = (*here, name)
            rules = written if isinstance(written, list) else [written]
            if name not in channels:
                self.no_channel(path, name, channels)
                continue
            if any(not isinstance(rule, dict) or ("above" in rule) == ("below" in rule)
                   for rule in rules):  # fmt: skip
                self.wrong(path, 'expected { above = "...", clear = "...", for = "..." }, or below')
                continue
            if len({"above" in rule for rule in rules}) < len(rules):
                self.wrong(path, "expected one rule with above and one with below at the most")
            for rule in rules:
                self.known_keys(rule, path, _ALARM)
                compiled.append(self.alarm(rule, path, channels[name], every))
        self.alarm_count += len(compiled)
        if self.alarm_count > MAX_ALARMS >= self.alarm_count - len(compiled):
            self.wrong(here, f"a pole can judge {MAX_ALARMS} alarms at the most")
        return compiled

    def latch(self, rule: dict[str, Any], path: KeyPath) -> dict[str, bool]:
        if not isinstance(rule.get("latch", False), bool):
            self.wrong((*path, "latch"), "expected true or false")
        return {"latch": True} if rule.get("latch") is True else {}

    def level_alarms(self, alarms: list[dict[str, Any]], here: KeyPath, mount: int | None) -> None:
        """A flood is a level that rises: on the distance it would be upside down, and silently
        wrong once the sensor hangs elsewhere. mount: in mm, if the driver makes the level of it."""
        for rule in alarms:
            name, limit = rule["channel"], rule["limit"]
            if name.startswith("distance"):
                self.wrong(
                    (*here, name),
                    "a level alarm stands on the level, which is mount - distance: set mount (`pole"
                    " zero` measures it on the dry road) and write alarm.level",
                )
            elif name == "level" and mount is not None and limit is not None and limit >= mount:
                self.wrong((*here, name), "its limit lies above the sensor: see mount")

    def alarm(
        self, rule: dict[str, Any], path: KeyPath, channel: Any, every: int
    ) -> dict[str, Any]:
        direction, key = (1, "above") if "above" in rule else (-1, "below")

        def quantity(name: str) -> int | None:
            try:
                return scaled(rule[name], channel.unit, channel.exponent)
            except ValueError as error:
                self.wrong((*path, name), str(error))
                return None

        limit = quantity(key)
        clear = quantity("clear") if "clear" in rule else limit
        if limit is not None and clear is not None and (clear - limit) * direction > 0:
            self.wrong((*path, "clear"), f"must lie on the safe side of {key!r}, or at it")
        blind = self.measure(rule, path, "blind", duration_ms, 0)
        if blind and blind < BLIND_INTERVALS * every:
            self.wrong((*path, "blind"), f"must be {BLIND_INTERVALS} times 'every' at least")
        return {
            "channel": channel.name,
            "direction": direction,
            "limit": limit,
            "clear": clear,
            "for_ms": self.measure(rule, path, "for", duration_ms, 0),
            "clear_ms": self.measure(rule, path, "clear_for", duration_ms, 0),
            "blind_ms": blind,
            **self.latch(rule, path),
        }

    # The smallest pieces.

    def no_channel(self, path: KeyPath, name: str, channels: dict[str, Any]) -> None:
        if name.startswith("level") and "distance" in channels:
            # The driver has an option mount, or it would measure the level itself.
            self.wrong(path, "needs mount: level = mount - distance; see `pole zero`")
        else:
            self.wrong(path, f"no such channel{nearest(name, channels)}")

    def known_keys(self, table: dict[str, Any], here: KeyPath, known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                self.wrong((*here, key), f"unknown{nearest(key, known)}")

    def table(self, name: str, *, required: bool = True) -> dict[str, Any]:
        table = self.document.get(name)
        if table is None and not required:
            return {}
        if not isinstance(table, dict):
            self.wrong((name,), f"missing: expected a table [{name}]")
            return {}
        return table

    def text(self, table: dict[str, Any], here: KeyPath, key: str, default: str | None) -> str:
        value = table.get(key, default)
        if value is None:
            # A table that is missing has been told already.
            if table or here[-1:] != ("uplink",):
                self.wrong((*here, key), "missing")
            return ""
        if not isinstance(value, str) or not value:
            self.wrong((*here, key), f"expected text in quotes, not {value!r}")
            return ""
        return value

    def choice(
        self, table: dict[str, Any], here: KeyPath, key: str, choices: tuple[str, ...]
    ) -> str:
        value = self.text(table, here, key, None)
        if value and value not in choices:
            allowed = " or ".join(repr(choice) for choice in choices)
            self.wrong((*here, key), f"expected {allowed}{nearest(value, choices)}")
            return ""
        return value

    def measure(
        self, table: dict[str, Any], here: KeyPath, key: str, parse: Any, default: Any
    ) -> int:
        value = table.get(key, default)
        if value is None:
            self.wrong((*here, key), "missing")
            return 0
        if value == 0:
            return 0
        try:
            return int(parse(value))
        except ValueError as error:
            self.wrong((*here, key), str(error))
            return 0

    def unique(self, name: str, path: KeyPath) -> None:
        if name in self.names:
            self.wrong(path, f"{name!r} is already used on line {self.names[name]}")
        self.names.setdefault(name, line_of(self.lines, path))


def nearest(word: str, known: Any) -> str:
    """What to add to a complaint about word: the nearest known word, or all of them."""
    near = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(known))}"
