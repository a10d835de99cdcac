"""``flash.py``: the command line."""

import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path

from agent.cli.help import Examples
from agent.cli.language import asked_for, language
from agent.cli.parser import Parser
from agent.linux.secrecy import keep_secrets
from provisioning.bundle import Bundle
from provisioning.flashing import kit, offline, ports, reports
from provisioning.flashing.batch import Batch
from provisioning.flashing.batch_file import read
from provisioning.flashing.chip import SILENCE_S
from provisioning.flashing.console import Console
from provisioning.flashing.order import ACK_S, HOURS, Order
from provisioning.flashing.words import LANGUAGES, OK, USAGE, Failure, say

_EPILOG = """\
examples:
  flash.py --simulate 1                   the whole way, without any hardware
  flash.py --bundle kit.pole --settings pole.toml --registry registry.json
  flash.py --bundle kit.pole --settings pole.toml --requests csr --offline
  flash.py --bundle kit.pole --settings pole.toml --registry registry.json \\
      --update
  flash.py --bundle kit.pole --settings pole.toml --registry registry.json \\
      --batch delivery.csv --parallel 8
  flash.py --bundle kit.pole --renew-tls --certificates certificates

exit status: 0 done, 1 board failed, 2 usage, 3 no board,
4 wrong board or image, 5 verify failed, 6 self-test failed,
7 batch partly failed.
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = Parser(
        prog="flash.py",
        description="Bring a board from blank to its first acknowledged frame: firmware, agent, "
        "key, registry, self-test, label and report. Never prompts.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    add = top.add_argument
    what = top.add_argument_group("what is put on the board")
    what.add_argument("--bundle", type=Path, metavar="FILE", help="the signed bundle")
    what.add_argument("--trust", type=Path, metavar="FILE",
                      help=f"the release key's public half (default: {kit.TRUST})")  # fmt: skip
    what.add_argument("--settings", type=Path, metavar="FILE",
                      help="the pole.toml of the boards (default: the bundle's)")  # fmt: skip
    what.add_argument("--id", metavar="ID", help="this board's id, instead of that in the settings")
    what.add_argument("--name", default="", help="its name for people")
    what.add_argument("--place", type=_place, metavar="LON,LAT", help="where it will stand")
    what.add_argument("--board", metavar="NAME", help="the board's file (default: as its chip)")
    what.add_argument("--wifi", metavar="NAME", help="the network that it joins")
    what.add_argument("--wifi-password-file", type=Path, metavar="FILE")
    what.add_argument("--certificates", type=Path, metavar="FOLDER",
                      help="for TLS: whom it trusts (ca.pem), and its ID.tls.pem")  # fmt: skip
    what.add_argument("--secrets", type=Path, metavar="FOLDER",
                      help="for OSCORE: `pole authority oscore` left ID.device here; it is moved "
                      "to the board")  # fmt: skip
    what.add_argument("--deadline-hours", type=int, default=HOURS, metavar="N",
                      help="without a network an update goes back after this (default: %(default)s)"
                      )  # fmt: skip
    who = top.add_argument_group("who it is")
    who.add_argument("--registry", type=Path, metavar="FILE", help="enrol it in this registry")
    who.add_argument("--requests", type=Path, metavar="FOLDER",
                     help="leave a certificate request and its public key here")  # fmt: skip
    who.add_argument(
        "--authority",
        type=Path,
        metavar="FOLDER",
        help="certify it at once, and make its OSCORE secret (default: by requests)",
    )
    who.add_argument("--passphrase-file", type=Path, metavar="FILE",
                     help="that of the authority's issuing keys")  # fmt: skip
    mode = top.add_mutually_exclusive_group()
    mode.add_argument("--update", action="store_true", help="keep identity, journal and network")
    mode.add_argument("--reprovision", action="store_true", help="give it a new identity")
    mode.add_argument("--renew-tls", action="store_true",
                      help="give it another key and certificate for TLS, and no more")  # fmt: skip
    add("--port", metavar="PORT", help="its port (default: the only one there is)")
    add("--drive", type=Path, metavar="FOLDER",
        help="a Pico's drive, with BOOTSEL held (default: the only one there is)")  # fmt: skip
    add(
        "--batch", type=Path, metavar="CSV", help="many boards: id, name, longitude, latitude, port"
    )
    add("--parallel", type=int, default=0, metavar="N", help="so many at a time")
    add("--reports", type=Path, default=Path("reports"), metavar="FOLDER")
    add("--ack-seconds", type=float, default=ACK_S, metavar="S",
        help="how long an acknowledged frame may take (default: %(default).0f)")  # fmt: skip
    add("--silence-seconds", type=float, default=SILENCE_S, metavar="S",
        help="after so long without a word esptool is ended (default: %(default).0f)")  # fmt: skip
    add("--language", choices=LANGUAGES, default=language(None))
    add("--json", action="store_true", help="one event a line on standard output")
    add("--offline", action="store_true", help="whatever tries to reach the network is an error")
    add("--identify", action="store_true", help="say what is connected, and touch nothing")
    add(
        "--simulate",
        type=int,
        default=0,
        metavar="N",
        help="make N simulated boards, and flash those",
    )
    add("--worker", action="store_true", help=argparse.SUPPRESS)
    add("--socket", help=argparse.SUPPRESS)
    add("--not-again", action="append", default=[], help=argparse.SUPPRESS)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    Parser.chinese = language(asked_for(arguments, "--language")) == "zh"
    top = parser()
    args = top.parse_args(arguments)
    console = Console(args.language, args.json)
    try:
        if args.simulate:
            from provisioning.flashing import simulate

            with simulate.bench(args, console):
                return run(args, console)
        return run(args, console)
    except Failure as failure:
        console.verdict({"id": args.id}, failure)
        return failure.status
    except KeyboardInterrupt:
        return 130


def run(args: argparse.Namespace, console: Console) -> int:
    """One board or many."""
    if args.secrets or args.authority:
        keep_secrets()
    if args.worker:
        _die_with_parent()
    if args.offline:
        offline.forbid()
        offline.check(args.port or "")
    if args.identify:
        return _identify(args, console)
    if args.renew_tls and args.batch:
        print("flash.py: " + say("one-by-one", args.language), file=sys.stderr)
        return USAGE
    if not args.bundle or not (args.registry or args.requests or args.renew_tls):
        return _needed(args)
    # Everything that can be refused is refused before any port is opened.
    opened = kit.opened(args.bundle, args.trust)
    reports.prepare(args.reports)
    with kit.settings(args.settings, opened) as settings:
        if settings is None and not args.renew_tls:
            return _needed(args)
        return _flash(args, settings, opened, console)


def _needed(args: argparse.Namespace) -> int:
    print("flash.py: " + say("needed", args.language), file=sys.stderr)
    return USAGE


def _flash(
    args: argparse.Namespace, settings: Path | None, opened: Bundle, console: Console
) -> int:
    if args.batch:
        batch = Batch(read(args.batch), _shared(args), args.reports, console)
        return batch.parallel(args.parallel) if args.parallel else batch.by_hand()
    try:
        from provisioning.flashing import single
    except ImportError as error:
        raise Failure("no-tool", tool=error.name) from None
    return single.do(_order(args, settings), opened, args.reports, console)


def _order(args: argparse.Namespace, settings: Path | None) -> Order:
    port, drive = ports.choose(args.port, args.drive, args.socket)
    return Order(
        port, settings or Path(), args.board, args.id, args.name, args.place,
        args.registry, args.requests, _wifi(args), args.update, args.reprovision, args.worker,
        args.deadline_hours, args.ack_seconds, args.silence_seconds, args.certificates,
        args.secrets, args.authority, args.passphrase_file, drive,
        dict(pair.split("=", 1) for pair in args.not_again), args.renew_tls,
        args.socket,
    )  # fmt: skip


def _wifi(args: argparse.Namespace) -> tuple[str, str] | None:
    if not args.wifi:
        return None
    path = args.wifi_password_file
    try:
        return args.wifi, path.read_text(encoding="utf-8").strip("\r\n") if path else ""
    except OSError as error:
        raise Failure("bad-settings", reason=f"{path}: {error.strerror}") from None


def _shared(args: argparse.Namespace) -> list[str]:
    """The arguments that every board of a batch shares."""
    shared = ["--language", args.language, "--deadline-hours", str(args.deadline_hours),
              "--ack-seconds", str(args.ack_seconds),
              "--silence-seconds", str(args.silence_seconds)]  # fmt: skip
    for name in ("bundle", "settings", "trust", "registry", "requests", "reports",
                 "wifi_password_file", "certificates", "secrets", "authority",
                 "passphrase_file"):  # fmt: skip
        path = getattr(args, name)
        if path:
            shared += [f"--{name.replace('_', '-')}", str(path.resolve())]
    for name in ("board", "wifi"):
        if getattr(args, name):
            shared += [f"--{name}", getattr(args, name)]
    return shared + [f"--{name}" for name in ("update", "reprovision", "offline")
                     if getattr(args, name)]  # fmt: skip


def _identify(args: argparse.Namespace, console: Console) -> int:
    from provisioning.flashing import identify

    there: list[tuple[str, Path | None]] = [(port.name, None) for port in ports.found()]
    there += [("", drive) for drive in ports.drives()]
    if args.port or args.drive or not there:
        there = [ports.choose(args.port, args.drive)]
    for port, drive in there:
        identify.tell(port, drive, args.silence_seconds, console)
    return OK


def _place(text: str) -> tuple[float, float]:
    longitude, comma, latitude = text.partition(",")
    if not comma:
        raise argparse.ArgumentTypeError(f"expected LONGITUDE,LATITUDE, not {text!r}")
    return float(longitude), float(latitude)


def _die_with_parent() -> None:
    """A worker whose batch was killed ends, with the tools that it started."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
