"""A bundle: everything that a technician takes along, in one signed file.

A signed zip (provisioning.signed_zip) with firmware, the agent and all drivers compiled for each
processor, the documents, the wheels for Linux nodes (provisioning.node), and settings where they
are given. Everything in it is checked before a board is touched.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent.agent import VERSION
from agent.settings import Settings
from provisioning import board_image, esp_image, layout, signed_zip, traces, uf2_image
from provisioning.node.target import NodeTarget, from_manifest
from provisioning.sentences import SENTENCES
from provisioning.signed_zip import BadBundle

__all__ = ["BadBundle", "Bundle", "Part", "Target", "build", "load", "split", "write"]

UF2 = "micropython.uf2"  # the one part of a target that is written over a drive
_PAGES = ("docs/*.md", "docs/drivers/*.md")


@dataclass(frozen=True)
class Part:
    """A piece of firmware: its file in the bundle, and its flash offset in bytes."""

    name: str
    at: int


@dataclass(frozen=True)
class Target:
    """The firmware of one chip. flash_size: bytes that its layout needs."""

    chip: str
    flash_size: int
    architecture: str
    micropython: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Bundle:
    """An opened bundle. files: content by name; digest: SHA-256 of its manifest, in hex; nodes:
    what it holds for Linux nodes."""

    version: str
    digest: str
    targets: dict[str, Target]
    imports: dict[str, list[str]]
    files: dict[str, bytes]
    nodes: tuple[NodeTarget, ...] = ()

    def slot(self, settings: Settings, target: Target, board: str) -> dict[str, bytes]:
        """What a slot holds, by path, without settings and manifest. BadBundle if it is too much
        for one: board_image.MAX_SLOT, or more on a simulated board."""
        try:
            names = board_image.slot_files(self.imports, settings, board)
        except ValueError as error:
            raise BadBundle(str(error)) from None
        found = {_compiled(name): self.files[_place(target.architecture, name)] for name in names}
        found[SENTENCES] = self.files[_beside(target.architecture, SENTENCES)]
        size = sum(map(len, found.values()))
        host = target.architecture == board_image.HOST
        room = board_image.MAX_HOST_SLOT if host else board_image.MAX_SLOT
        if size > room:
            raise BadBundle(
                f"these settings need {size} bytes of code, a slot has {room}: "
                "use fewer kinds of sensors"
            )
        return found

    def beside(self, target: Target) -> dict[str, bytes]:
        """The part of the agent that lies beside the slots, by path."""
        return {Path(_compiled(name)).name: self.files[_place(target.architecture, name)]
                for name in board_image.beside(target.chip)}  # fmt: skip


def split(chip: str, firmware: bytes) -> dict[str, bytes]:
    """Bootloader and application of a firmware file as MicroPython publishes it for an ESP32: one
    image from the bootloader's offset on. BadBundle if it is of another chip, damaged or cut off.
    """
    start = esp_image.BOOTLOADER_AT[chip]
    loader = firmware[: esp_image.TABLE_AT - start]
    application = firmware[layout.APP_AT - start :]
    for name, data in (("bootloader", loader), ("application", application)):
        _checked(name, data, chip)
    return {"bootloader.bin": loader[: esp_image.parse(loader).size],
            "micropython.bin": application[: esp_image.parse(application).size]}  # fmt: skip


def silent(word: str, **values: Any) -> None:
    """Nobody watches."""


def build(
    path: Path,
    firmware: dict[str, tuple[bytes, int]],
    key: int,
    architecture: str | None = None,
    nodes: Sequence[tuple[NodeTarget, dict[str, bytes]]] = (),
    tell: Callable[..., None] = silent,
    settings: bytes | None = None,
) -> None:
    """Write a bundle. firmware: by chip, the file as it is published and the flash size in bytes;
    key: the release key; architecture: None for that of the chip; nodes: what Linux nodes get, with
    its wheels; tell: called at the beginning of each step with a word of bundle_words and its
    values; settings: a pole.toml that names no other file. BadBundle if something is wrong with the
    firmware, ValueError if the agent does not compile."""
    files: dict[str, bytes] = {"main.py": board_image.MAIN.encode("ascii")}
    targets: list[Target] = []
    for chip, (data, flash_size) in sorted(firmware.items()):
        tell("firmware", chip=chip)
        parts, places, version = _firmware(chip, data, flash_size)
        made = Target(
            chip, flash_size, architecture or board_image.ARCHITECTURES[chip], version,
            tuple(Part(f"firmware/{chip}/{name}", at) for name, at in places.items()),
        )  # fmt: skip
        files |= {f"firmware/{chip}/{name}": part for name, part in parts.items()}
        if made.architecture not in {target.architecture for target in targets}:
            tell("agent", architecture=made.architecture)
            files |= _agent(made.architecture)
        targets.append(made)
    root = Path(__file__).resolve().parents[1]
    pages = [path for pattern in _PAGES for path in root.glob(pattern)]
    files |= {path.relative_to(root).as_posix(): path.read_bytes() for path in pages}
    if settings is not None:
        files[signed_zip.SETTINGS] = settings
    if targets:
        tell("names")
        files[traces.NAMES] = board_image.names().packed()
    for _, wheels in nodes:
        files |= wheels
    tell("sign", count=len(files))
    write(path, files, targets, board_image.needs(), key, [node for node, _ in nodes])


def judge(chip: str, data: bytes, flash_size: int) -> None:
    """BadBundle if a file is no firmware for that chip and flash."""
    _firmware(chip, data, flash_size)


def _firmware(
    chip: str, data: bytes, flash_size: int
) -> tuple[dict[str, bytes], dict[str, int], str]:
    """(parts, where they lie in the flash, MicroPython's version) of a firmware file."""
    if chip in uf2_image.CHIPS.values():
        _check_uf2(UF2, data, chip, flash_size)
        return {UF2: data}, {UF2: uf2_image.FLASH_AT}, uf2_image.version(data)
    parts = split(chip, data)
    parts["partitions.bin"] = esp_image.build_table(layout.partitions(flash_size))
    places = {"bootloader.bin": esp_image.BOOTLOADER_AT[chip], "partitions.bin":
              esp_image.TABLE_AT, "micropython.bin": layout.APP_AT}  # fmt: skip
    return parts, places, esp_image.parse(parts["micropython.bin"]).version


def write(
    path: Path,
    files: dict[str, bytes],
    targets: list[Target],
    imports: dict[str, list[str]],
    key: int,
    nodes: Sequence[NodeTarget] = (),
) -> None:
    """Sign those files and write them. imports: see board_image.needs."""
    document = {
        "version": VERSION,
        "targets": [asdict(target) for target in targets],
        "imports": imports,
        "nodes": [asdict(node) for node in nodes],
    }
    signed_zip.write(path, document, files, key)


def load(path: Path, trusted: bytes) -> Bundle:
    """Read a bundle and check everything in it. trusted: the release key's public half, 65 bytes.

    BadBundle, with the reason, for one that is cut off, unsigned, signed by another key, changed,
    or holds an image of another chip, a damaged one, or one that does not fit its place. OSError
    if it cannot be read.
    """
    found = signed_zip.read(path, trusted)
    document, files = found.document, found.files
    targets = {}
    for item in document["targets"]:
        parts = tuple(Part(**part) for part in item.pop("parts"))
        target = Target(**item, parts=parts)
        _check(target, files)
        targets[target.chip] = target
    nodes = tuple(from_manifest(document.get("nodes", ())))
    return Bundle(document["version"], found.digest, targets, document["imports"], files, nodes)


def _check(target: Target, files: dict[str, bytes]) -> None:
    """Every image at every offset, against the chip and against the layout."""
    if target.chip in uf2_image.CHIPS.values():
        for part in target.parts:
            _check_uf2(part.name, files[part.name], target.chip, target.flash_size)
        return
    table = next((files[part.name] for part in target.parts if part.at == esp_image.TABLE_AT), b"")
    try:
        rows = esp_image.parse_table(table)
    except ValueError as error:
        raise BadBundle(f"{target.chip}: {error}") from None
    if any(row.offset + row.size > target.flash_size for row in rows):
        raise BadBundle(f"{target.chip}: its partitions do not fit {target.flash_size >> 20} MB")
    begin = esp_image.BOOTLOADER_AT[target.chip]
    rooms = {row.offset: row.size for row in rows if row.type == 0}
    rooms[begin] = esp_image.TABLE_AT - begin
    for part in target.parts:
        if part.at == esp_image.TABLE_AT:
            continue
        image = _checked(part.name, files[part.name], target.chip)
        if image.size > rooms.get(part.at, 0):
            raise BadBundle(f"{part.name} has {image.size} bytes and does not fit at {part.at:#x}")
        if image.flash_size > target.flash_size:
            raise BadBundle(f"{part.name} is for a flash of {image.flash_size >> 20} MB")


def _check_uf2(name: str, data: bytes, chip: str, flash_size: int) -> None:
    try:
        image = uf2_image.parse(data)
    except uf2_image.BadUf2 as error:
        raise BadBundle(f"{name}: {error.sentence()}") from None
    if image.chip != chip:
        raise BadBundle(f"{name} is for {image.chip}, not for {chip}")
    if image.begin != uf2_image.FLASH_AT:
        raise BadBundle(f"{name} does not begin where the flash does")
    if image.begin + image.size > uf2_image.FLASH_AT + flash_size:
        raise BadBundle(f"{name} has {image.size} bytes and does not fit {flash_size >> 20} MB")
    if not uf2_image.version(data):
        raise BadBundle(f"{name} is no MicroPython")
    if not uf2_image.has_radio(data):
        raise BadBundle(f"{name} knows no Wi-Fi: take the firmware of the Pico W or Pico 2 W")


def _checked(name: str, data: bytes, chip: str) -> esp_image.Image:
    try:
        image = esp_image.parse(data)
    except ValueError as error:
        raise BadBundle(f"{name}: {error}") from None
    if image.chip != chip:
        raise BadBundle(f"{name} is for {image.chip}, not for {chip}")
    return image


def _agent(architecture: str) -> dict[str, bytes]:
    """The whole agent, compiled."""
    with tempfile.TemporaryDirectory() as folder:
        board_image.compile_agent(Path(folder), architecture)
        found = {
            _place(architecture, name): (Path(folder) / _compiled(name)).read_bytes()
            for name in board_image.files()
        }
        said = (Path(folder) / SENTENCES).read_bytes()
        return found | {_beside(architecture, SENTENCES): said}


def _compiled(name: str) -> str:
    return name.removesuffix(".py") + ".mpy"


def _place(architecture: str, name: str) -> str:
    return _beside(architecture, _compiled(name))


def _beside(architecture: str, path: str) -> str:
    return f"agent/{architecture}/{path}"
