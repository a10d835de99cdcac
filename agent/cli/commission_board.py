"""``pole commission board``: the page of a board that hangs on this machine's USB port."""

import argparse
import signal
import threading
from typing import Any

from agent.cli.field_texts import FIELD_TEXTS
from agent.cli.speech import LANGUAGES, Speaker, complain, language
from agent.errors import BadSettings, NotAcknowledged


def add(actions: Any) -> None:
    """Register the action."""
    board = actions.add_parser(
        "board",
        help="the page of a board, by its USB port",
        description="Serve the page of a board that hangs on a USB port. Its agent works on, under "
        "the laptop's eyes; Ctrl-C lets the board start its own application again.",
    )
    board.add_argument("--port", required=True, metavar="PORT", help="such as /dev/ttyACM0")
    board.add_argument("--page", default="127.0.0.1:8080", type=served_at, metavar="HOST:PORT",
                       help="where to serve the page (default: 127.0.0.1:8080)")  # fmt: skip
    board.add_argument("--wifi", action="store_true",
                       help="let the board serve a page that only shows, over a Wi-Fi of its own, "
                       "and leave it alone")  # fmt: skip
    board.add_argument("--button", action="store_true",
                       help="lay that page into the board, for its button to open whenever it is "
                       "held for 3 s")  # fmt: skip
    board.add_argument("--code", metavar="CODE", help="of the Wi-Fi: the code inside the box, from "
                       "which the password is made (default: a new one)")  # fmt: skip
    board.add_argument("--for", dest="length", default="1h", metavar="DURATION",
                       help="of the Wi-Fi: how long (default: 1h)")  # fmt: skip
    board.add_argument("--web-port", type=int, default=80, help=argparse.SUPPRESS)
    board.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    board.set_defaults(func=run)


def served_at(text: str) -> str:
    """HOST:PORT, as an argument."""
    from agent.linux.pole_page import address

    try:
        address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C, or until the board answers no more; with --wifi until its page is there."""
    from provisioning.flashing import ports
    from provisioning.flashing.words import Failure

    try:
        ports.choose(args.port)
    except Failure as failure:
        complain(f"pole: {failure.sentence(language(args.lang))}")
        return 1
    try:
        return _over_the_air(args) if args.wifi or args.button else _by_the_cable(args)
    except NotAcknowledged as error:
        return _failed(str(error), args)


def _failed(why: str, args: argparse.Namespace) -> int:
    from provisioning.flashing import reasons

    complain(f"pole: {reasons.told(why, language(args.lang))}")
    return 1


def _over_the_air(args: argparse.Namespace) -> int:
    from agent.linux.commissioning import code
    from agent.linux.quantities import duration_ms
    from provisioning.commissioning import board_air, board_button

    try:
        length = duration_ms(args.length)
    except ValueError as error:
        raise BadSettings([f"--for: {error}"]) from None
    if not 0 < length <= board_air.LONGEST_MS:
        raise BadSettings(["--for: expected four hours at the most"])
    begin = board_button.lay if args.button else board_air.open_page
    air = begin(args.port, args.code or code.make(), length, args.web_port)
    Speaker(args.lang, FIELD_TEXTS).say(
        "button" if args.button else "air",
        network=air.network,
        password=air.password,
        url=air.url,
        length=args.length,
    )
    return 0


def _by_the_cable(args: argparse.Namespace) -> int:
    from agent.linux.commissioning import code, server
    from agent.linux.pole_page import PageSettings, address
    from provisioning.commissioning.board_desk import BoardDesk

    host, port = address(args.page)
    # Who holds the cable stands at the open box.
    made = code.make()
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    desk = BoardDesk(args.port)
    desk.start()
    page = server.PageServer(PageSettings(host, port, code.hashed(made)), desk)
    page.start()
    speaker = Speaker(args.lang, FIELD_TEXTS)
    print(speaker.text("page", url=page.url, code=made), flush=True)
    while not over.wait(0.5) and not desk.trouble:
        pass
    page.stop()
    desk.stop()
    if desk.trouble:
        return _failed(desk.trouble, args)
    speaker.say("released")
    return 0
