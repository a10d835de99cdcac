"""``pole authority``: identities of devices, from the first certificate to the last record."""

import argparse
from pathlib import Path
from typing import Any

from agent.cli.help import Examples

_EPILOG = """\
examples:
  pole authority init jinjiang --organisation "Jinjiang District"
  pole authority enroll jinjiang PB-0001 --csr PB-0001.csr --pole CD-JJ-0001 \\
      --place 104.0693,30.5704 --datum GCJ-02
  pole authority batch jinjiang delivery.csv --out certificates
  pole authority due jinjiang --days 90
  pole authority rotate jinjiang PB-0001 --csr PB-0001-next.csr
  pole authority renew jinjiang PB-0001 --tls-csr PB-0001.tls.csr
  pole authority move jinjiang PB-0001 --pole CD-JJ-0007
  pole authority replace jinjiang PB-0001 PB-0099 --csr PB-0099.csr
  pole authority certify jinjiang li-wei.pub --name "Li Wei" \\
      --pole CD-JJ-0001 --pole CD-JJ-0007 --action settings --days 7 \\
      --key platform/platform.key --out li-wei.grants
  pole authority revoke jinjiang PB-0099 --reason "box stolen"
  pole authority export jinjiang --platform-key platform.pub --out registry.json
  pole authority show jinjiang PB-0001

The passphrase is asked for, or read from a file that only you may read (--passphrase-file);
it is never an argument. Devices make their own keys: only requests come in.
exit status: 0 done, 1 refused (nothing was changed).
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "authority",
        help="give devices their identities: enroll, rotate, revoke, replace, move, retire",
        description="Run the authority of a city's devices: SM2 certificates (GM/T 0015) for what "
        "they sign, P-256 ones for TLS, and a register of which device stood where, and when.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_device_actions(actions)
    init = _action(actions, "init", "make a new authority in a new folder")
    init.add_argument("--organisation", required=True, metavar="NAME")
    init.add_argument("--root-passphrase-file", type=Path, metavar="FILE")
    batch = _action(actions, "batch", "enroll every device of a CSV; can be run again")
    batch.add_argument("csv", type=Path, metavar="CSV",
                       help="columns serial, csr; optional mac, pole, longitude, latitude, datum, "
                       "tls_csr")  # fmt: skip
    batch.add_argument("--out", type=Path, default=Path(), metavar="FOLDER")
    due = _action(actions, "due", "list the certificates that end soon")
    due.add_argument("--days", type=int, default=90, metavar="N")
    export = _action(actions, "export", "write the registry for a platform")
    export.add_argument("--platform-key", type=Path, metavar="FILE",
                        help="the platform's public key, as `pole platform` writes it")  # fmt: skip
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    _add_certify(actions)
    crl = _action(actions, "crl", "write the revocation lists (good for 30 days)")
    crl.add_argument("--out", type=Path, default=Path(), metavar="FOLDER")
    server = _action(actions, "server", "make key and TLS certificate of a broker")
    server.add_argument("hosts", nargs="+", metavar="HOST", help="its names and addresses")
    server.add_argument("--out", type=Path, default=Path(), metavar="FOLDER")
    oscore = _action(actions, "oscore", "make the OSCORE secret of a device")
    oscore.add_argument("serial", metavar="SERIAL")
    oscore.add_argument("--out", type=Path, default=Path(), metavar="FOLDER",
                        help="gets SERIAL.device and SERIAL.platform, the two ends")  # fmt: skip
    show = _action(actions, "show", "show all devices, or one with its history")
    show.add_argument("serial", nargs="?", metavar="SERIAL")


def _add_device_actions(actions: Any) -> None:
    for name, text in (
        ("enroll", "take a device in: request in, certificate out"),
        ("rotate", "certify a device's next key; the old one is taken for 30 days more"),
    ):
        action = _action(actions, name, text)
        action.add_argument("serial", metavar="SERIAL")
        _add_request(action)
        if name == "enroll":
            action.add_argument("--mac", metavar="MAC")
            _add_place(action, pole_needed=False)
    renew = _action(actions, "renew", "certify a device's next key for TLS, and that alone")
    renew.add_argument("serial", metavar="SERIAL")
    renew.add_argument("--tls-csr", type=Path, required=True, metavar="FILE")
    renew.add_argument("--out", type=Path, default=Path(), metavar="FOLDER")
    replace = _action(actions, "replace", "let a new device take over an old one's pole")
    replace.add_argument("serial", metavar="OLD")
    replace.add_argument("new", metavar="NEW")
    replace.add_argument("--mac", metavar="MAC")
    _add_request(replace)
    move = _action(actions, "move", "bind a device to another pole")
    move.add_argument("serial", metavar="SERIAL")
    _add_place(move, pole_needed=True)
    revoke = _action(actions, "revoke", "trust a device's keys no more")
    revoke.add_argument("serial", metavar="SERIAL")
    revoke.add_argument("--reason", required=True, metavar="TEXT")
    retire = _action(actions, "retire", "take a device out of service")
    retire.add_argument("serial", metavar="SERIAL")
    retire.add_argument("--proof", type=Path, metavar="FILE",
                        help="what `pole retire` printed on the device")  # fmt: skip


def _add_certify(actions: Any) -> None:
    certify = _action(actions, "certify", "let a technician's key order named poles about")
    certify.add_argument("public", type=Path, metavar="KEY", help="what `pole order key` printed")
    certify.add_argument("--name", required=True, metavar="NAME")
    certify.add_argument("--pole", action="append", required=True, metavar="ID", dest="poles")
    certify.add_argument("--action", action="append", default=[], dest="verbs", metavar="WHAT",
                         choices=("maintenance", "relay", "settings", "drill", "reset"),
                         help="maintenance, relay, settings, drill or reset; "
                         "none: no more of it")  # fmt: skip
    certify.add_argument("--days", type=int, default=7, metavar="N", help="default 7")
    certify.add_argument("--key", type=Path, required=True, metavar="FILE",
                         help="the platform's private key: it signs the grants")  # fmt: skip
    certify.add_argument("--out", type=Path, required=True, metavar="FILE")


def _action(actions: Any, name: str, text: str) -> Any:
    action = actions.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    action.add_argument("folder", type=Path, metavar="FOLDER", help="the authority's folder")
    action.add_argument("--passphrase-file", type=Path, metavar="FILE")
    action.set_defaults(func=_run, action=name)
    return action


def _add_request(action: Any) -> None:
    action.add_argument("--csr", type=Path, required=True, metavar="FILE")
    action.add_argument("--tls-csr", type=Path, metavar="FILE")
    action.add_argument("--out", type=Path, default=Path(), metavar="FOLDER")


def _add_place(action: Any, pole_needed: bool) -> None:
    action.add_argument("--pole", required=pole_needed, metavar="ID")
    action.add_argument("--place", metavar="LON,LAT", help="degrees, longitude first")
    action.add_argument("--datum", help="CGCS2000, WGS84, GCJ-02 or BD-09")


def _run(args: argparse.Namespace) -> int:
    from agent.cli.authority_actions import ACTIONS
    from agent.linux.secrecy import keep_secrets

    keep_secrets()
    return ACTIONS[args.action](args)
