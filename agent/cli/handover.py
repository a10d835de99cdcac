"""``pole handover``: prove a handover sheet."""

import argparse
from pathlib import Path
from typing import Any

from agent.cli.field_texts import FIELD_TEXTS
from agent.cli.help import Examples
from agent.cli.speech import LANGUAGES, Speaker

_EPILOG = """\
examples:
  pole handover verify CD-JJ-0001.html --registry registry.json

The page of a node makes the sheet (see docs/technician.md): HTML that prints, with a frame of the
device that signs every fact in it, and the text as it was made. Proven is what a person reads, not
a copy beside it, in whatever words.

exit status: 0 genuine, 1 changed, of an unknown device, or no sheet.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "handover",
        help="prove a handover sheet",
        description="Prove that a handover sheet is as the device signed it.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    verify = actions.add_parser(
        "verify", help="say whether a sheet is genuine", description="Say whether it is genuine."
    )
    verify.add_argument("sheet", type=Path, metavar="FILE")
    verify.add_argument("--registry", type=Path, required=True, metavar="FILE")
    verify.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    verify.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Verify, and say what the sheet proves, or why it is not proven."""
    from agent.errors import BadFrame, BadSignature
    from agent.linux.commissioning import proof
    from agent.linux.libcrypto import make_verifier
    from provisioning import registry

    speaker = Speaker(args.lang, FIELD_TEXTS)
    known = registry.load(args.registry)
    try:
        text = args.sheet.read_text(encoding="utf-8")
        found = proof.verify(text, make_verifier(known.all_keys()))
    except UnicodeDecodeError:
        speaker.complain(proof.NO_SHEET, file=args.sheet)
        return 1
    except BadSignature:
        speaker.complain("unsigned", file=args.sheet, registry=args.registry)
        return 1
    except BadFrame as error:
        speaker.complain(error.args[0], file=args.sheet)
        return 1
    device = known.by_kid(bytes.fromhex(found["device"]))
    if device is None or found["pole"] not in _poles(device):
        speaker.complain("of-another", file=args.sheet, pole=found["pole"])
        return 1
    _say(found, speaker)
    return 0


def _poles(device: Any) -> set[str]:
    """The poles that a registered device was at."""
    return {device.id, *(stay.pole for stay in device.stays)}


def _say(found: dict[str, Any], speaker: Speaker) -> None:
    from agent.linux.commissioning import advice
    from agent.linux.commissioning.words import Wording

    state = Wording(LANGUAGES[speaker.index]).say(f"state.{found['state']}")
    nothing = speaker.text("none")
    speaker.say("genuine", pole=found["pole"], state=state.lower(), who=found["who"])
    passed = [
        f"{one['device']}/{one['channel']}"
        for one in found["channels"]
        if one["drilled"] and one["drilled"]["outcome"] == "passed"
    ]
    speaker.say("passed", names=", ".join(passed) or nothing)
    speaker.say("undrilled", names=", ".join(advice.undrilled(found)) or nothing)
