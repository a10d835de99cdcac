"""``pole.toml``: what people write, checked whole and compiled to agent.settings.

Every mistake is reported at once, each with its line, what was expected and the nearest right word.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.errors import BadSettings
from agent.linux.algorithms import ALGORITHMS, SM2
from agent.linux.pole_checker import Checker, Mistake
from agent.linux.pole_lines import Lines
from agent.linux.pole_page import PageSettings, compile_page
from agent.linux.pole_power import compile_power
from agent.linux.pole_uplink import Uplink
from agent.linux.quantities import duration_ms, size_bytes
from agent.linux.tls_files import TlsFiles
from agent.linux.toml_lines import Path as KeyPath
from agent.linux.toml_lines import key_lines
from agent.maintenance import LONGEST
from agent.protocols import sm2
from agent.settings import Settings, pack, unpack

_POLE = ("id", "place", "key")
_JOURNAL = ("folder", "size", "commit_every")
_MAINTENANCE = ("switch", "longest")
_SIGNING = ("algorithm", "table", "check")
ID = "up to 48 bytes without spaces, '/', '+' or '#'"
PLACE = "[longitude, latitude] in degrees, CGCS2000"


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
    page: PageSettings | None = None
    algorithm: str = SM2


def is_id(name: str) -> bool:
    """Whether a pole may have this id: it is part of topics and of names of files."""
    return not any(letter in name for letter in "/+# \t\n") and len(name.encode()) <= 48


def is_place(longitude: float, latitude: float) -> bool:
    """Whether these are degrees."""
    return -180 <= longitude <= 180 and -90 <= latitude <= 90


def load(path: Path, *, need_platform_key: bool = True) -> PoleFile:
    """Read, check and compile. BadSettings holds every Mistake. OSError if it cannot be read."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")  # editors under Windows write the mark
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadSettings([Mistake(line, "TOML", "not UTF-8: save the file as UTF-8")]) from None
    return loads(text, path.parent, need_platform_key=need_platform_key)


def parsed(text: str) -> dict[str, Any]:
    """The document of a text. BadSettings, with the line, where it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = str(error).rpartition("at line ")[2].partition(",")[0]
        line = int(found) if found.isdigit() else 1
        raise BadSettings([Mistake(line, "TOML", str(error).partition(" (at")[0])]) from None


def loads(text: str, folder: Path, *, need_platform_key: bool = True) -> PoleFile:
    """The same for a text that stands, or is to stand, in a file of folder."""
    compiler = _Compiler(parsed(text), key_lines(text), folder, need_platform_key)
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
        compiler.page,
        compiler.algorithm,
    )


class _Compiler(Checker):
    def __init__(
        self, document: dict[str, Any], lines: dict[KeyPath, int], folder: Path, need_key: bool
    ) -> None:
        super().__init__(document, lines, folder)
        self.key = folder / "device.key"
        self.journal = folder / "journal"
        self.page: PageSettings | None = None
        self.algorithm = SM2
        self.uplink = Uplink(self, need_key)
        self.district = Uplink(self, need_key, "district")
        self.devices = Lines(self)

    def compile(self) -> dict[str, Any]:
        known = ("pole", "uplink", "district", "journal", "maintenance", "signing", "line")
        self.known_keys(self.document, (), (*known, "page", "power"))
        pole = self.table("pole")
        uplink = self.table("uplink")
        journal = self.table("journal", required=False)
        if "folder" in journal:
            self.journal = self.folder / self.text(journal, ("journal",), "folder", "")
        compiled: dict[str, Any] = {
            "pole": self.pole(pole),
            "uplink": self.uplink.compile(uplink),
            "journal": {
                "size": self.measure(journal, ("journal",), "size", size_bytes, "4 MB"),
                "commit_ms": self.measure(journal, ("journal",), "commit_every", duration_ms, 0),
            },
            "lines": self.devices.compile(self.document.get("line")),
        }
        switch = self.maintenance(self.table("maintenance", required=False))
        self.page = compile_page(self, self.document.get("page"))
        signing = self.signing(self.table("signing", required=False))
        compiled |= {"switch": switch} if switch else {}
        power = self.table("power", required=False)
        compiled |= compile_power(self, power, self.devices.judging.channels, compiled["lines"])
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
                good = is_place(*place)
                place = [round(part * 10_000_000) for part in place]
            else:
                good = False
            if not good:
                self.wrong(("pole", "place"), f"expected {PLACE}")
                place = None
        name = self.text(pole, ("pole",), "id", None)
        if not is_id(name):
            self.wrong(("pole", "id"), f"expected {ID}")
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
        known = self.devices.judging.channels
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
        if "algorithm" in table:
            self.algorithm = self.choice(table, here, "algorithm", ALGORITHMS) or SM2
        sizes = {f"{kilobytes} KB": kilobytes for kilobytes in sm2.TABLES}
        size = self.choice(table, here, "table", tuple(sizes)) if "table" in table else ""
        check = table.get("check", False)
        if not isinstance(check, bool):
            self.wrong((*here, "check"), f"expected true or false, not {check!r}")
        return [sizes.get(size, sm2.DEFAULT_TABLE), int(check is True)]
