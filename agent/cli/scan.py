"""``pole scan``: what is on a line: speed, mode, ids, models; and settings for it. Reads only."""

import argparse
import json
from typing import Any

from agent.cli import line_options
from agent.cli.help import Examples
from agent.cli.speech import Speaker
from agent.kit.scan import (
    ANSWER_MS,
    LISTEN_MS,
    Found,
    Report,
    default_ids,
    default_modes,
    scan,
)

_EPILOG = """\
examples:
  pole scan --port /dev/ttyUSB0
  pole scan --port /dev/ttyUSB0 --modes "9600 8N1,4800 8N1" --ids 1-32
  pole scan --port board:/dev/ttyACM0:1           through a board over USB
  pole scan --port /dev/ttyUSB0 --record line.jsonl --lang zh

It listens first, then asks. It sends nothing that a known device takes for
a write.

exit status: 0 something found, 1 nothing.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "scan",
        help="find the devices of a line: speed, ids, models",
        description="Find speed, mode and addresses of what is on a line, say which known models "
        "they are, and propose settings. Only reads.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    line_options.add(command, mode=None)
    command.add_argument("--modes", metavar="LIST", help='such as "9600 8N1,4800 8N1"')
    command.add_argument("--ids", type=line_options.ids_of, metavar="LIST", help="such as 1-16,80")
    command.add_argument("--every-mode", action="store_true", help="go on after devices are found")
    command.add_argument(
        "--wait", type=int, default=ANSWER_MS, metavar="MS", help=f"for an answer ({ANSWER_MS})"
    )
    command.add_argument(
        "--listen", type=float, default=LISTEN_MS / 1000, metavar="S",
        help=f"seconds, before asking ({LISTEN_MS / 1000}); stations report every 1 to 5 minutes",
    )  # fmt: skip
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Scan; 0 if something was found."""
    speaker = Speaker(args.lang)
    modes = default_modes()
    if args.port.startswith("tcp://"):
        modes = modes[:1]  # the gateway has its own
    elif args.modes:
        modes = [line_options.mode_of(mode.strip()) for mode in args.modes.split(",")]

    def say(code: str, values: dict[str, Any]) -> None:
        if not args.json:
            speaker.say(code, indent=2 if code == "scan-mode" else 4, **values)

    with line_options.wire_of(args) as wire:
        if not args.json:
            speaker.say("scan-begin", port=args.port or args.replay)
        ids, listen_ms = args.ids or default_ids(), int(args.listen * 1000)
        report = scan(wire, modes, ids, say, args.wait, args.every_mode, listen_ms)
    if args.json:
        print(json.dumps(as_json(report), ensure_ascii=False))
    else:
        show(report, speaker, args.port or "/dev/ttyUSB0")
    return 0 if report.found else 1


def show(report: Report, speaker: Speaker, port: str) -> None:
    """Print what was found, and settings for it."""
    if report.foreign:
        speaker.say(
            "scan-foreign",
            count=sum(report.foreign.values()),
            units=", ".join(map(str, sorted(report.foreign))),
        )
    for mode, size in report.unknown.items():
        speaker.say("scan-noise", mode=mode, size=size)
    if not report.found:
        speaker.say("scan-none", questions=report.questions)
        return
    for mode in dict.fromkeys(found.mode for found in report.found):
        here = [found for found in report.found if found.mode == mode]
        speaker.say("scan-found", count=len(here), mode=mode, questions=report.questions)
        for found in here:
            _show_one(found, speaker)
    print()
    speaker.say("scan-settings")
    print("\n".join(settings(report, port)))


def _show_one(found: Found, speaker: Speaker) -> None:
    who = speaker.text("no-unit" if found.unit is None else "unit", unit=found.unit)
    if found.damaged:
        speaker.say("scan-damaged", indent=2, who=who)
    elif not found.models:
        speaker.say("scan-unknown", indent=2, who=who)
    elif found.sure:
        speaker.say("scan-sure", indent=2, who=who, model=found.models[0].model)
        for reading in found.models[0].readings:
            value = (
                f"{reading.value} x 10**{reading.exponent}" if reading.exponent else reading.value
            )
            print(f"    {reading.name}: {value} {reading.unit}")
    else:
        models = ", ".join(candidate.model for candidate in found.models[:4])
        speaker.say("scan-maybe", indent=2, who=who, models=models)


def settings(report: Report, port: str) -> list[str]:
    """Lines of a pole.toml for what was found; what is not sure is a comment."""
    lines: list[str] = []
    for number, mode in enumerate(dict.fromkeys(found.mode for found in report.found), 1):
        name = "rs485" if number == 1 else f"rs485-{number}"
        lines += ["[[line]]", f'name = "{name}"', f'port = "{port}"', f'mode = "{mode}"', ""]
        for found in report.found:
            if found.mode != mode or found.damaged:
                continue
            if not found.models:
                lines += [f"# unit {found.unit}: model unknown", ""]
                continue
            model = found.models[0].model
            unit = "" if found.unit is None else f"-{found.unit}"
            mark = "" if found.sure else "# "
            lines.append(f"{mark}[[line.device]]")
            lines.append(f'{mark}name = "{model}{unit}"')
            lines.append(f'{mark}driver = "{model}"')
            if found.unit is not None:
                lines.append(f"{mark}address = {found.unit}")
            for option, choice in found.models[0].choices.items():
                lines.append(f'{mark}{option} = "{choice}"')
            lines += [f'{mark}every = "60s"', ""]
    return lines


def as_json(report: Report) -> dict[str, Any]:
    """The report as a script reads it."""
    return {
        "questions": report.questions,
        "foreign": {str(unit): count for unit, count in report.foreign.items()},
        "unknown_bytes": report.unknown,
        "found": [
            {
                "mode": found.mode, "unit": found.unit, "damaged": found.damaged,
                "sure": found.sure,
                "models": [
                    {"model": one.model, "points": one.points, "reasons": list(one.reasons)}
                    for one in found.models
                ],
            }
            for found in report.found
        ],
    }  # fmt: skip
