"""``pole courier``: carry frames to the platform, and its acknowledgements back."""

import argparse
import asyncio
import getpass
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.cli.field_texts import FIELD_TEXTS
from agent.cli.help import Examples
from agent.cli.speech import LANGUAGES, Speaker, complain
from agent.errors import AgentError, BadSettings, NotAcknowledged

_DOORS = ("coap://", "mqtt://", "mqtts://")

_EPILOG = """\
examples:
  pole courier collect http://192.168.4.1:8080 --stick bag      from a node's page
  pole courier collect pole.toml --stick bag                    on the node itself, or by its files
  pole courier collect journal.bin --pole CD-JJ-0001 --stick bag   from a dump of a board's flash
  pole courier deliver --stick bag --to coap://platform.example:5683
  pole courier return http://192.168.4.1:8080 --stick bag --code ABCD-2345
  pole courier return pole.toml --stick bag

The stick is a folder. A lost one costs a way: the pole keeps everything until it has the platform's
signed word. The same one twice costs nothing, and what is forged on it is refused by either end.
Where [district] names a second platform, deliver the same stick to both, then return: each has its
own key, and the pole knows whose word is whose.
The code (also by POLE_CODE) stands on the label inside the box.

exit status: 0 done, 1 not: one sentence says why.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "courier",
        help="carry frames where there is no coverage, and bring acknowledgements back",
        description="A person as a carrier: collect at the pole, deliver at home, return.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    collect = _action(actions, "collect", "take along what waits at a pole", _collect)
    collect.add_argument("source", metavar="URL-OR-FILE", help="page, pole.toml, journal or dump")
    collect.add_argument("--pole", metavar="ID", help="whose, for a journal or a dump")
    deliver = _action(actions, "deliver", "give the platform all that was collected", _deliver)
    deliver.add_argument("--to", required=True, metavar="URL", help="coap://, mqtt:// or mqtts://")
    for name in ("ca", "certificate", "certificate-key"):
        deliver.add_argument(f"--{name}", type=Path, metavar="FILE", help="for mqtts")
    back = _action(actions, "return", "bring the platform's answers to a pole", _return)
    back.add_argument("source", metavar="URL-OR-FILE", help="page, or pole.toml")
    back.add_argument("--code", default=os.environ.get("POLE_CODE", ""), metavar="CODE")
    back.add_argument("--who", default=getpass.getuser(), metavar="NAME", help="default: you")


def _action(actions: Any, name: str, text: str, func: Any) -> Any:
    action = actions.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    action.add_argument("--stick", type=Path, required=True, metavar="FOLDER")
    action.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    action.set_defaults(func=lambda args: _told(args, func))
    return action


def _told(args: argparse.Namespace, act: Callable[[argparse.Namespace], int]) -> int:
    """Act; where the pole's page does not, say why, and what to do."""
    from agent.linux.commissioning.client import NoPage

    try:
        return act(args)
    except NoPage as error:
        Speaker(args.lang, FIELD_TEXTS).complain("no-page", error=error)
    except NotAcknowledged as error:
        complain(f"pole: {error}")
    return 1


def _is_page(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _collect(args: argparse.Namespace) -> int:
    from agent.linux import courier, pole_toml
    from agent.linux.stick import Stick

    if _is_page(args.source):
        pole, frames = courier.from_page(args.source)
    elif args.source.endswith(".toml"):
        found = pole_toml.load(Path(args.source))
        platforms = 1 if found.settings.district is None else 2
        pole, frames = found.settings.pole_id, courier.from_journal(found.journal, platforms)
    elif args.pole:
        pole, frames = args.pole, courier.from_journal(Path(args.source))
    else:
        raise BadSettings(["whose journal is it? Add --pole ID"])
    new = Stick(args.stick).add_frames(pole, frames)
    Speaker(args.lang, FIELD_TEXTS).say("collected", pole=pole, count=len(frames), new=new)
    return 0


def _deliver(args: argparse.Namespace) -> int:
    from agent.linux.stick import Stick

    if not args.to.startswith(_DOORS):
        raise BadSettings([f"--to: expected one of {', '.join(_DOORS)}, not {args.to!r}"])
    speaker, stick = Speaker(args.lang, FIELD_TEXTS), Stick(args.stick)
    failed = 0
    for pole in stick.poles():
        frames = stick.frames(pole)
        try:
            acks = asyncio.run(_offer(args, pole, frames))
        except AgentError as error:
            speaker.complain("undelivered", pole=pole, error=error)
            failed += 1
            continue
        stick.add_acks(pole, acks)
        if not acks:
            speaker.complain("unacknowledged", pole=pole)
            failed += 1
            continue
        speaker.say("delivered", pole=pole, count=len(frames), acks=len(acks))
    if not stick.poles():
        speaker.complain("empty", folder=args.stick)
    return 1 if failed or not stick.poles() else 0


async def _offer(args: argparse.Namespace, pole: str, frames: list[bytes]) -> list[bytes]:
    from agent.linux import courier
    from agent.linux.tls_files import TlsFiles

    if args.to.startswith("coap:"):
        from agent.linux import coap

        return await courier.deliver(coap.Carrier(args.to, pole), frames)
    from agent.linux import mqtt

    files = TlsFiles(args.ca, args.certificate, args.certificate_key)
    carrier = mqtt.Carrier(args.to, pole, tls=lambda: files.context(True))
    return await courier.deliver(carrier, frames)


def _return(args: argparse.Namespace) -> int:
    from agent.linux import courier, pole_toml
    from agent.linux.commissioning import requests
    from agent.linux.commissioning.client import PageClient
    from agent.linux.stick import Stick

    speaker = Speaker(args.lang, FIELD_TEXTS)
    page = PageClient(args.source) if _is_page(args.source) else None
    found = None if page else pole_toml.load(Path(args.source))
    pole = str(page.state()["pole"]) if page else found.settings.pole_id if found else ""
    acks = b"".join(Stick(args.stick).acks(pole)[-courier.MAX_BROUGHT :])
    if not acks:
        speaker.complain("nothing-to-return", pole=pole)
        return 1
    if page:
        page.enter(args.code, args.who)
        genuine, refused = page.bring(acks)
    else:
        assert found is not None
        answer = requests.ask(found.journal, requests.ACKNOWLEDGEMENTS, {"hex": acks.hex()})
        if answer is None:
            speaker.complain("no-agent", file=args.source)
            return 1
        genuine, refused = int(answer["genuine"]), int(answer["refused"])
    speaker.say("returned", pole=pole, genuine=genuine, refused=refused)
    return 0 if genuine and not refused else 1
