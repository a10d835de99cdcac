"""``--identify``: what is connected, without touching it."""

import json
from pathlib import Path
from typing import Any

from provisioning.flashing import board_code, ports, uf2
from provisioning.flashing.chip import Esptool
from provisioning.flashing.console import Console
from provisioning.flashing.repl import NoAnswer, Repl
from provisioning.flashing.words import Failure
from provisioning.uf2_image import BadUf2


def tell(port: str, drive: Path | None, silence_s: float, console: Console) -> None:
    """Say what is on a port, or what a drive belongs to. silence_s: see Esptool."""
    word, values = _drive(drive) if drive else _port(port, silence_s)
    if console.as_json:
        print(json.dumps({"port": port, **values}), flush=True)
    console.say(word, **values)


def _port(port: str, silence_s: float) -> tuple[str, dict[str, Any]]:
    if ports.is_pico(port):
        return _pico(port)
    found = Esptool(port, silence_s).identify()
    return "found", {"chip": found.chip, "description": found.description, "mac": found.mac,
                     "flash_mb": found.flash_size >> 20}  # fmt: skip


def _pico(port: str) -> tuple[str, dict[str, Any]]:
    repl = Repl(port)
    try:
        repl.enter()
        chip, mac = board_code.pico(repl)
        repl.restart()
    except NoAnswer as error:
        raise Failure("silent-pico", port=port) from error
    finally:
        repl.close()
    return "found-pico", {"chip": chip, "mac": mac}


def _drive(drive: Path) -> tuple[str, dict[str, Any]]:
    try:
        return "found-drive", {"chip": uf2.chip_of(drive), "drive": str(drive)}
    except BadUf2 as error:
        raise Failure("no-drive", drive=drive) from error
