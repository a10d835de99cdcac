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
device that signs every fact in it. Proven is what a person reads, not a copy beside it.

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
    """Verify; what is wrong is said by whoever catches the AgentError."""
    from agent.errors import BadSignature
    from agent.linux.commissioning import advice, sheet, words
    from agent.linux.libcrypto import make_verifier
    from provisioning import registry

    known = registry.load(args.registry)
    found = sheet.verify(args.sheet.read_text(encoding="utf-8"), make_verifier(known.all_keys()))
    device = known.by_kid(bytes.fromhex(found["device"]))
    if device is None or device.id != found["pole"]:
        raise BadSignature(f"its key is not that of {found['pole']}")
    speaker = Speaker(args.lang, FIELD_TEXTS)
    nothing = speaker.text("none")
    state = words.say(f"state.{found['state']}", words.LANGUAGES[speaker.index])
    speaker.say("genuine", pole=found["pole"], state=state.lower(), who=found["who"])
    passed = [
        f"{one['device']}/{one['channel']}"
        for one in found["channels"]
        if one["drilled"] and one["drilled"]["outcome"] == "passed"
    ]
    speaker.say("passed", names=", ".join(passed) or nothing)
    speaker.say("undrilled", names=", ".join(advice.undrilled(found)) or nothing)
    return 0
