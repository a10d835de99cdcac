"""``pole frames redecode``: old frames' raw replies, read by the drivers of today."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from agent.errors import BadFrame
from agent.linux import pole_toml

HELP = "read the raw replies of unproven sensors again, with the drivers of today"


def add_arguments(action: argparse.ArgumentParser) -> None:
    """What the action takes beside its frames."""
    text = "a pole.toml: drivers and options as they should have been"
    action.add_argument("--settings", type=Path, metavar="FILE", help=text)
    action.add_argument("--all", action="store_true", help="also what comes out the same")


def run(proofs: list[Any], args: argparse.Namespace) -> int:
    """Print one JSON object for each reading that changes; 1 if a frame could not be read."""
    from provisioning import frames, redecode

    sensors = {}
    if args.settings:
        settings = pole_toml.load(args.settings, need_platform_key=False).settings
        for line in settings.lines:
            for part in line.devices:
                sensors[part.name] = redecode.Sensor(part.driver, part.options)
    known = frames.schemas(proofs)
    failed = 0
    for number, proof in enumerate(proofs, 1):
        try:
            for revised in redecode.redecoded(proof, known, sensors):
                failed += bool(revised.error)
                if revised.changed or args.all:
                    print(json.dumps(_as_json(proof, revised), ensure_ascii=False))
        except BadFrame as error:
            failed += 1
            print(f"pole frames: frame {number}: {error}", file=sys.stderr)
    return 1 if failed else 0


def _as_json(proof: Any, revised: Any) -> dict[str, Any]:
    from provisioning.redecode import FLAG

    reading, was = revised.reading, revised.was
    found = {
        "flag": FLAG, "device": proof.device.id, "epoch": revised.epoch, "lane": revised.lane,
        "seq": revised.seq, "row": revised.row, "sensor": revised.sensor, "driver": revised.model,
        "time": revised.time,
    }  # fmt: skip
    if reading is None:
        return {**found, "error": revised.error}
    found |= {
        "channel": reading.name, "value": reading.value, "exponent": reading.exponent,
        "unit": reading.unit, "quality": revised.quality, "was": None,
    }  # fmt: skip
    if was is not None:
        found["was"] = {
            "value": was.value, "exponent": was.exponent, "unit": was.unit, "quality": was.quality,
        }  # fmt: skip
    return found
