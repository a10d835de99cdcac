"""``pole explain --trace``: what a board's traceback means."""

import argparse
import json
import sys
from pathlib import Path

from agent.cli.speech import Speaker
from agent.errors import BadSettings
from provisioning import traces

# code: (English, Chinese). Places in braces are filled in.
_TEXTS = {
    "place": ("{name}, {file}:{line}", "{name}，{file}:{line}"),
    "one-of": ("one of {count}, which share this name:", "以下 {count} 个函数之一（短名相同）："),
    "unknown": ("not a function of this version's boards", "不是此版本板卡程序的函数"),
    "inside": (
        "The error arose there, or in a small function that the build has put there.",
        "错误发生在该处，或构建时并入该处的小函数中。",
    ),
    "none": (
        "No line of it names a function of a board: it needs what the board printed, from "
        "`Traceback` to the error.",
        "没有一行指出板卡的函数：需要板卡输出的内容，从 `Traceback` 到错误为止。",
    ),
}


def explain_trace(args: argparse.Namespace) -> int:
    """Say what args.trace means; the exit status: 1 where no line names a function."""
    typed = args.trace == Path("-")
    text = sys.stdin.read() if typed else args.trace.read_text(encoding="utf-8", errors="replace")
    names = _names(args.bundle, args.trust)
    lines = traces.translate(text, names)
    speaker = Speaker(args.lang, _TEXTS)
    for line in lines:
        if args.json:
            places = [[place.file, place.line, place.name] for place in line.places]
            print(json.dumps({"line": line.text, "places": places}, ensure_ascii=False))
        else:
            _say(line, speaker)
    known = any(line.places for line in lines)
    if not args.json:
        speaker.say("inside" if known else "none")
    return 0 if known else 1


def _names(path: Path | None, trust: Path | None) -> traces.Names:
    if path is None:
        from provisioning import board_image

        return board_image.names()
    from provisioning import bundle, signed_zip

    if trust is None:
        raise BadSettings(["--trust is needed: whom shall the bundle be from?"])
    try:
        trusted = signed_zip.release_key(trust)
    except bundle.BadBundle as error:
        raise BadSettings([str(error)]) from None
    try:
        kit = bundle.load(path, trusted)
        return traces.unpack(kit.files[traces.NAMES])
    except KeyError:
        raise BadSettings([f"{path} holds no names of a board's functions"]) from None
    except bundle.BadBundle as error:
        raise BadSettings([f"{path}: {error}"]) from None


def _say(line: traces.Line, speaker: Speaker) -> None:
    """The line as it is, and below it what it means."""
    print(line.text)
    indent = 6
    if len(line.places) > 1:
        speaker.say("one-of", indent, count=len(line.places))
        indent = 8
    for place in line.places:
        speaker.say("place", indent, name=place.name, file=place.file, line=place.line)
    if not line.places and traces.is_frame(line.text):
        speaker.say("unknown", indent)
