"""``pole check``: every mistake in the settings at once, and what each line has to carry."""

import argparse
import datetime
import json
import math
from pathlib import Path
from typing import Any

from agent.cli import judged
from agent.cli.help import Examples
from agent.cli.mistake_texts import in_chinese
from agent.cli.speech import LANGUAGES, Speaker
from agent.drivers import ANYONE
from agent.errors import BadSettings
from agent.linux import pole_toml
from agent.linux.line_plan import LinePlan, plan

TOO_SLOW = 3  # exit status

_EPILOG = """\
examples:
  pole check pole.toml
  pole check --lang zh pole.toml
  pole check --json pole.toml       one object: {"ok": ..., "mistakes": [...]}

exit status: 0 all good, 1 mistakes, 3 a line cannot carry what is asked of it.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "check",
        help="check settings: every mistake at once, and whether the lines keep up",
        description="Check a pole.toml without touching anything. Reports every mistake at once, "
        "each with its line, what was expected and the nearest right word; then what each line "
        "has to carry, and whether it can.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("settings", type=Path, metavar="FILE", help="the pole.toml")
    command.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Check args.settings; 0 if there is nothing to mend."""
    speaker = Speaker(args.lang)
    try:
        found = pole_toml.load(args.settings)
    except BadSettings as error:
        if args.json:
            print(json.dumps({"ok": False, "mistakes": [vars(part) for part in error.mistakes]}))
            return 1
        for mistake in error.mistakes:
            text = in_chinese(mistake.text) if speaker.chinese else mistake.text
            print(f"{args.settings}:{mistake.line}: {mistake.where}: {text}")
        count = len(error.mistakes)
        speaker.say("check-mistake" if count == 1 else "check-mistakes", count=count)
        return 1
    settings = found.settings
    plans = [plan(line) for line in settings.lines]
    good = all(part.fits for part in plans)
    if args.json:
        lines = [_as_json(part) for part in plans]
        print(json.dumps({"ok": good, "mistakes": [], "hash": settings.hash.hex(), "lines": lines}))
    else:
        _show(args.settings, settings, plans, speaker)
    return 0 if good else TOO_SLOW


def _as_json(part: LinePlan) -> dict[str, Any]:
    return {
        "name": part.name,
        "cycle_ms": part.cycle_ms,
        "asked_ms": part.asked_ms,
        "load_percent": part.load,
        "fits": part.fits,
        "devices": [vars(device) for device in part.devices],
    }


def _show(file: Path, settings: Any, plans: list[LinePlan], speaker: Speaker) -> None:
    if all(part.fits for part in plans):
        print(speaker.text("check-good", file=file))  # whatever the path's length
    speaker.say("check-pole", indent=2, pole=settings.pole_id, hash=settings.hash.hex())
    for line, part in zip(settings.lines, plans, strict=True):
        speaker.say("check-line", indent=2, name=line.name, port=line.port, speed=part.speed,
                    cycle=_seconds(part.cycle_ms), load=part.load)  # fmt: skip
        for device, cost in zip(line.devices, part.devices, strict=True):
            how = "check-asks" if cost.requests else "check-listens"
            if cost.reads:
                how = "check-reads"
            speaker.say("check-device", indent=4, name=device.name, model=device.driver,
                        every=_duration(device.every_ms), time=_seconds(cost.time_us / 1000),
                        how=speaker.text(how, places=", ".join(cost.reads)))  # fmt: skip
            if device.options.get("address") == ANYONE:
                speaker.say("check-anyone", indent=6)
            judged.show(device, speaker, datetime.datetime.now(datetime.UTC))
    count = sum(len(line.devices) for line in settings.lines)
    speaker.say("check-uplink", indent=2, count=count, url=settings.url,
                every=_duration(settings.seal_ms))  # fmt: skip
    for part in plans:
        _judge(part, speaker)


def _judge(part: LinePlan, speaker: Speaker) -> None:
    """Say it where a line cannot keep up, or hardly."""
    if part.tight:
        speaker.say("check-tight", name=part.name, load=part.load)
    if part.fits:
        return
    if len({device.every_ms for device in part.devices}) == 1:
        enough = math.ceil(part.cycle_ms / 1000)
        speaker.say("check-slow", name=part.name, cycle=_seconds(part.cycle_ms), speed=part.speed,
                    asked=_seconds(part.asked_ms), every=f"{enough}s")  # fmt: skip
    else:
        speaker.say("check-full", name=part.name, load=part.load, speed=part.speed,
                    factor=f"{math.ceil(part.load / 10) / 10:g}")  # fmt: skip


def _seconds(ms: float) -> str:
    """Seconds as people say them: 4.3, 0.036."""
    return f"{ms / 1000:.1f}" if ms >= 1000 else f"{ms / 1000:.3f}"


def _duration(ms: int) -> str:
    """As it is written in settings."""
    for unit, size in (("h", 3_600_000), ("min", 60_000), ("s", 1000)):
        if ms % size == 0:
            return f"{ms // size}{unit}"
    return f"{ms}ms"
