"""``pole doctor``: what is wrong with a line, in plain words, with the evidence. Reads only."""

import argparse
import json
from pathlib import Path
from typing import Any

from agent.cli import line_options
from agent.cli.help import Examples
from agent.cli.speech import Speaker, wide
from agent.errors import BadSettings
from agent.kit import identify
from agent.kit.counts import Counts, Target
from agent.kit.doctor import LISTEN_MS, Diagnosis, diagnose
from agent.linux import driver_packages, pole_toml
from agent.linux.direction import Direction

_ROUNDS = 20
_NAME = 18

_EPILOG = """\
examples:
  pole doctor --settings pole.toml               the first line of the settings
  pole doctor --settings pole.toml --line gas
  pole doctor --port /dev/ttyUSB0 --driver dyp-ultrasonic --id 1
  pole doctor --port /dev/ttyUSB0 --id 1,2,3 --lang zh

Stop the agent first: a line has one master. The doctor only reads.

exit status: 0 healthy, 1 something to mend.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "doctor",
        help="say what is wrong with a line, with the evidence",
        description="Tell silence from noise from half-broken: A and B swapped, speed, address, "
        "termination, echo, two devices of one address, another master. From counters, in English "
        "or Chinese, with the evidence.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    line_options.add(command)
    command.add_argument("--settings", type=Path, metavar="FILE", help="a pole.toml")
    command.add_argument("--line", metavar="NAME", help="which line of the settings")
    command.add_argument("--driver", metavar="NAME", help="the model, see `pole drivers`")
    command.add_argument("--id", type=line_options.ids_of, default=[1], metavar="LIST",
                         help="their addresses (1)")  # fmt: skip
    command.add_argument(
        "--rounds",
        type=int,
        default=_ROUNDS,
        metavar="N",
        help=f"how often each is asked ({_ROUNDS})",
    )
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Diagnose; 0 if the line is healthy."""
    speaker = Speaker(args.lang)
    targets = _of_settings(args) if args.settings else _of_arguments(args)

    def say(code: str, values: dict[str, Any]) -> None:
        if not args.json:
            speaker.say(code, **values)

    with line_options.wire_of(args) as wire:
        if not args.json:
            where = args.port or args.replay
            speaker.say("doctor-begin", port=where, mode=args.mode, seconds=LISTEN_MS // 1000,
                        rounds=args.rounds)  # fmt: skip
        found = diagnose(wire, args.mode, targets, args.rounds, say)
    if args.json:
        print(json.dumps(as_json(found, speaker), ensure_ascii=False))
    else:
        show(found, speaker)
    return 0 if found.healthy else 1


def _of_settings(args: argparse.Namespace) -> list[Target]:
    """The devices of a line of the settings; its port and mode become the arguments'."""
    settings = pole_toml.load(args.settings, need_platform_key=False).settings
    lines = [line for line in settings.lines if args.line in (None, line.name)]
    if not lines:
        names = ", ".join(line.name for line in settings.lines)
        raise BadSettings([f"no line {args.line!r} in {args.settings}; there are: {names}"])
    line = lines[0]
    args.port, args.mode = args.port or line.port, line.mode
    args.rts = args.rts or (Direction(*line.rts) if line.rts else None)
    folder = args.settings.parent
    return [
        Target(
            part.name,
            driver_packages.load(part.driver, folder)(part.options),
            part.options.get("address"),
        )
        for part in line.devices
    ]


def _of_arguments(args: argparse.Namespace) -> list[Target]:
    """A device for each --id; without --driver register 0 is asked for."""
    device = driver_packages.load(args.driver or "generic-modbus", Path())
    options = identify.defaults(device)
    if not args.driver:
        field = ["register", 0, "uint16", "AB", 3, 1, 0, "/", 0, 0, None, None]
        options["field"] = [field]
    if "address" not in {option.name for option in device.options}:
        return [Target(device.model, device(options), None)]
    return [
        Target(f"{args.driver or 'unit'} {unit}", device({**options, "address": unit}), unit)
        for unit in args.id
    ]


def show(found: Diagnosis, speaker: Speaker) -> None:
    """Print the counters, and what they mean."""
    print(speaker.text("doctor-table"))
    for counts in found.counts:
        print(_row(counts))
    for finding in found.findings:
        print()
        speaker.say(finding.code, **finding.values)
        for code, values in finding.evidence:
            text = speaker.text(code, **values)
            speaker.say("evidence", indent=2, text=text)


def _row(counts: Counts) -> str:
    name = counts.target.name
    while wide(name) > _NAME - 1:
        name = name[:-1]
    middle = sorted(counts.times)[len(counts.times) // 2] if counts.times else 0
    others = sum(counts.foreign.values()) + counts.wrong
    replies = counts.answered + sum(counts.refused.values())
    return (
        f"{name}{' ' * (_NAME - wide(name))}{counts.asked:>5}{replies:>8}{counts.silent:>7}"
        f"{counts.damaged:>8}{others:>7}{counts.echoes:>7}{counts.doubled:>7}{middle:>5}"
    )


def as_json(found: Diagnosis, speaker: Speaker) -> dict[str, Any]:
    """The diagnosis as a script reads it."""
    return {
        "healthy": found.healthy,
        "findings": [
            {
                "code": finding.code, "text": speaker.text(finding.code, **finding.values),
                "values": finding.values,
                "evidence": [speaker.text(code, **values) for code, values in finding.evidence],
            }
            for finding in found.findings
        ],
        "counts": [
            {
                "name": part.target.name, "unit": part.target.unit, "asked": part.asked,
                "answered": part.answered, "silent": part.silent, "damaged": part.damaged,
                "refused": {str(code): count for code, count in part.refused.items()},
                "foreign": {str(unit): count for unit, count in part.foreign.items()},
                "wrong": part.wrong, "echoes": part.echoes, "doubled": part.doubled,
                "late": part.late, "ms": part.times,
            }
            for part in found.counts
        ],
    }  # fmt: skip
