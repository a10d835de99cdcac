"""``pole drivers``: what can be read."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from agent import drivers
from agent.cli.driver_texts import CHINESE, DRIVER_TEXTS
from agent.cli.help import Examples
from agent.cli.speech import LANGUAGES, Speaker, padded
from agent.errors import BadSettings
from agent.linux.driver_packages import announced, load

_WIDTHS = (20, 12, 8, 8, 28)  # columns

_EPILOG = """\
examples:
  pole drivers
  pole drivers --json                 one array, for a script
  pole drivers --markdown             a table, as in docs/drivers/table.md
  pole drivers dyp-ultrasonic         one driver, with its options and source

A driver is proven when published or captured bytes of the real device confirm it.
The readings of an unproven one travel with the raw replies.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "drivers",
        help="list what can be read: models, channels, options",
        description="List the drivers: model, kind, protocol, channels and whether it is proven.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("model", nargs="?", help="show this one in full")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON array")
    form.add_argument("--markdown", action="store_true", help="print one Markdown table")
    command.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    command.set_defaults(func=run)


def _top(option: Any) -> Any:
    return option.choices[-1] if option.choices else option.high


def describe(model: str) -> dict[str, Any]:
    """One driver, as a script would read it."""
    found = load(model, Path())
    # Every option at its default, or at the top of what it takes, shows every channel.
    options = {
        option.name: option.default if option.default is not None else _top(option)
        for option in found.options
        if option.kind != "fields"  # whose channels are those that the settings describe
    }
    return {
        "model": found.model,
        "title": found.title,
        "kind": found.kind,
        "protocol": found.protocol,
        "line": found.line,
        "status": "proven" if found.proven else "unproven",
        "warm_up_ms": found.warm_up_ms,
        "channels": [
            {"name": channel.name, "unit": channel.unit, "exponent": channel.exponent}
            for channel in found(options).channels
        ],
        "renumber": [list(step) for step in found.renumber],
        "options": {option.name: option.help for option in found.options},
        "source": found.source,
    }


def run(args: argparse.Namespace) -> int:
    """Print the list, or one driver."""
    models = [args.model] if args.model else drivers.models()
    described = [describe(model) for model in models]
    if not args.model and not args.markdown:  # the table in the documents is this tree's
        described += _installed()
    if args.json:
        print(json.dumps(described, ensure_ascii=False))
    elif args.markdown:
        print(markdown(described), end="")
    elif args.model:
        _show(described[0], Speaker(args.lang, DRIVER_TEXTS))
    else:
        _list(described, Speaker(args.lang, DRIVER_TEXTS))
    return 0


def _list(described: list[dict[str, Any]], speaker: Speaker) -> None:
    text = speaker.text
    titles = [text(code) for code in ("model", "kind", "protocol", "status", "channels")]
    print(" ".join(map(padded, titles, _WIDTHS)).rstrip())
    for driver in described:
        channels = ", ".join(f"{part['name']} {part['unit']}" for part in driver["channels"])
        words = [_word(driver[name], speaker) for name in ("kind", "protocol", "status")]
        row = [driver["model"], *words, _cut(channels or text("from settings"), 28)]
        print(" ".join(map(padded, row, _WIDTHS)).rstrip())
    print(text("more"))


def _word(written: str, speaker: Speaker) -> str:
    """What a driver says, in the language; what no table has as it is."""
    return CHINESE.get(written, written) if speaker.chinese else written


def _installed() -> list[dict[str, Any]]:
    """The drivers of installed packages; one that does not load is named, and left out."""
    found = []
    for model in announced():
        try:
            found.append(describe(model))
        except BadSettings:
            print(f"pole drivers: {model} is announced, but does not load", file=sys.stderr)
    return found


def markdown(described: list[dict[str, Any]]) -> str:
    """The drivers as a Markdown table, one line each."""
    lines = ["| Model | Kind | Protocol | Line | Status | Channels | Source |", "|---" * 7 + "|"]
    for driver in described:
        channels = ", ".join(f"{part['name']} ({part['unit']})" for part in driver["channels"])
        channels = channels or "those that the settings describe"
        cells = (
            f"`{driver['model']}`", driver["kind"], driver["protocol"], driver["line"],
            driver["status"], channels, driver["source"],
        )  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip(" ,") + "…"


def _show(driver: dict[str, Any], speaker: Speaker) -> None:
    words = {name: _word(driver[name], speaker) for name in ("kind", "protocol", "status")}
    known = {name: driver[name] for name in ("model", "title", "line", "source")}
    print(speaker.text("title", **known, **words))
    speaker.say("line", 2, **known, **words)
    speaker.say("warm-up", 2, seconds=f"{driver['warm_up_ms'] / 1000:g}")
    for channel in driver["channels"]:
        speaker.say("channel", 2, **channel, step=f"{10 ** channel['exponent']:g}")
    for name, text in driver["options"].items():
        speaker.say("option", 2, name=name, text=_word(text, speaker))
    for step in driver["renumber"]:
        register = step[1] if step[0] == "write" else 0
        speaker.say(step[0], 2, register=register)
    speaker.say("source", 2, **known)
