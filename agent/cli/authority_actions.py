"""What each action of ``pole authority`` does with its arguments, and what it prints."""

import argparse
import getpass
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.cli.speech import say_record, tell
from agent.errors import BadSettings
from agent.linux import keys
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer
from agent.linux.secrecy import read_passphrase
from provisioning.authority import (
    batch,
    coordinates,
    enroll,
    export,
    folder,
    server,
    shared_secret,
    technicians,
)
from provisioning.authority.application import Application
from provisioning.authority.coordinates import Place
from provisioning.authority.enroll import Issued
from provisioning.authority.folder import Authority
from provisioning.authority.register import DeviceRegister
from provisioning.authority.technicians import Technician


def _init(args: argparse.Namespace) -> int:
    root = _passphrase(args.root_passphrase_file, "root", twice=True)
    issuing = _passphrase(args.passphrase_file, "issuing", twice=True)
    folder.init(args.folder, args.organisation, root, issuing, _now())
    tell(f"{args.folder}: an authority for {args.organisation}")
    tell(f"next: move {args.folder / 'root'} to a medium that stays offline, in a safe")
    return 0


def _enroll(args: argparse.Namespace) -> int:
    return _issue(args, enroll.enroll, "enrolled")


def _rotate(args: argparse.Namespace) -> int:
    return _issue(args, enroll.rotate, "rotated")


def _renew(args: argparse.Namespace) -> int:
    csr = args.tls_csr.read_bytes()
    issued = enroll.renew(_open(args), args.serial, csr, str(args.tls_csr), _now())
    args.out.mkdir(parents=True, exist_ok=True)
    paths = batch.write(args.out, args.serial, issued)
    state = "renewed" if issued.fresh else "has it already, for this key"
    print(f"{args.serial} {state}: {', '.join(str(path) for path in paths)}")
    return 0


def _replace(args: argparse.Namespace) -> int:
    def replace(authority: Authority, asked: Application, now: datetime) -> Issued:
        return enroll.replace(authority, args.serial, asked, now)

    return _issue(args, replace, f"replaces {args.serial}", args.new)


def _issue(args: argparse.Namespace, issue: Any, word: str, serial: str | None = None) -> int:
    asked = Application(
        serial or args.serial,
        args.csr.read_bytes(),
        getattr(args, "mac", None),
        getattr(args, "pole", None),
        _place(args),
        args.tls_csr.read_bytes() if args.tls_csr else None,
        (str(args.csr), str(args.tls_csr)),
    )
    authority = _open(args)
    issued = issue(authority, asked, _now())
    args.out.mkdir(parents=True, exist_ok=True)
    paths = batch.write(args.out, asked.serial, issued)
    state = word if issued.fresh else "is in already, with this key"
    print(f"{asked.serial} {state}: {', '.join(str(path) for path in paths)}")
    return 0


def _batch(args: argparse.Namespace) -> int:
    lines = len(batch.read(args.csv))
    authority = _open(args)
    counts = {"enrolled": 0, "already": 0, "refused": 0}
    for done, outcome in enumerate(batch.run(authority, args.csv, args.out, _now), 1):
        counts[outcome.state] += 1
        if outcome.state == "refused":
            print(f"{args.csv}:{outcome.line}: {outcome.serial}: {outcome.reason}")
        if sys.stderr.isatty():
            print(f"\r{done}/{lines}", end="" if done < lines else "\n", file=sys.stderr)
    print(", ".join(f"{count} {state}" for state, count in counts.items()))
    return 1 if counts["refused"] else 0


def _move(args: argparse.Namespace) -> int:
    place = _place(args)
    record = enroll.move(_open(args), args.serial, args.pole, place, _now())
    say_record(f"{args.serial} is at {args.pole}", record)
    return 0


def _revoke(args: argparse.Namespace) -> int:
    record = enroll.revoke(_open(args), args.serial, args.reason, _now())
    say_record(f"{args.serial} revoked", record)
    tell("next: pole authority export and crl, and give both to the platform and its broker")
    return 0


def _retire(args: argparse.Namespace) -> int:
    proof = b""
    if args.proof:
        try:
            proof = bytes.fromhex(args.proof.read_text(encoding="ascii").strip())
        except ValueError:
            raise BadSettings([f"{args.proof}: expected the hex digits of a record"]) from None
    record = enroll.retire(_open(args), args.serial, proof, _now())
    say_record(f"{args.serial} retired", record)
    return 0


def _due(args: argparse.Namespace) -> int:
    soon = export.due(_open(args), _now() + timedelta(days=args.days))
    for held in soon:
        print(f"{held.serial} {held.kind}: until {datetime.fromtimestamp(held.end, UTC):%Y-%m-%d}")
    if not soon:
        print(f"no certificate ends within {args.days} days")
    return 0


def _export(args: argparse.Namespace) -> int:
    platform = _public(args.platform_key) if args.platform_key else b""
    registry = export.registry(_open(args), platform, _now())
    registry.save(args.out)
    print(f"{args.out}: devices {len(registry.devices)}, valid keys {len(registry.keys())}")
    return 0


def _certify(args: argparse.Namespace) -> int:
    public = _public(args.public)
    if not args.key.exists():
        raise BadSettings([f"no key in {args.key}"])
    platform = make_signer(keys.load_or_create(args.key), Entropy())
    technician = Technician(args.name, public, tuple(dict.fromkeys(args.verbs)))
    grants = technicians.certify(_open(args), platform, technician, args.poles, args.days, _now())
    grants.save(args.out)
    until = datetime.fromtimestamp(grants.until / 1000, UTC)
    what = ", ".join(technician.actions) or "nothing any more"
    tell(f"{args.out}: {args.name}: {what}, at {', '.join(grants.poles)}, until {until:%Y-%m-%d}")
    return 0


def _public(path: Path) -> bytes:
    try:
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        raise BadSettings([f"{path}: expected 130 hex digits"]) from None


def _crl(args: argparse.Namespace) -> int:
    for path in export.revocation_lists(_open(args), args.out, _now()):
        print(path)
    return 0


def _server(args: argparse.Namespace) -> int:
    for path in server.make(_open(args), args.hosts, args.out, _now()):
        print(path)
    return 0


def _oscore(args: argparse.Namespace) -> int:
    register = _open_register(args)
    if register.device(args.serial) is None:
        raise BadSettings([f"no device {args.serial} in the register"])
    for path in shared_secret.make(args.serial, args.out):
        print(path)
    tell("next: move each to its end; a security context is never copied, and never made twice")
    return 0


def _show(args: argparse.Namespace) -> int:
    register = _open_register(args)
    if args.serial is None:
        for device in register.devices():
            stay = next((one for one in register.bindings(device.serial) if one.end is None), None)
            print(f"{device.serial:20} {device.state:10} {stay.pole if stay else '-'}")
        return 0
    if register.device(args.serial) is None:
        raise BadSettings([f"no device {args.serial} in the register"])
    for at, what, detail, record in register.history(args.serial):
        signed = f"  signed {record.hex()[:16]}..." if record else ""
        print(f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} {what}: {detail}{signed}")
    return 0


def _open(args: argparse.Namespace) -> Authority:
    secret = _passphrase(args.passphrase_file, "issuing")
    return folder.open_folder(args.folder, secret)


def _open_register(args: argparse.Namespace) -> DeviceRegister:
    path = args.folder / "register.db"
    if not path.exists():
        raise BadSettings([f"{args.folder} holds no authority"])
    return DeviceRegister(path)


def _passphrase(path: Path | None, keys: str, twice: bool = False) -> bytes:
    if path is not None:
        return read_passphrase(path)
    prompt = f"passphrase for the {keys} keys"
    if not sys.stdin.isatty():
        option = "--root-passphrase-file" if keys == "root" else "--passphrase-file"
        raise BadSettings([f"no terminal to ask for the {prompt}: use {option}"])
    said = getpass.getpass(f"{prompt}: ")
    if twice and getpass.getpass("again: ") != said:
        raise BadSettings(["the two differ"])
    return said.encode()


def _place(args: argparse.Namespace) -> Place | None:
    if not getattr(args, "place", None):
        return None
    if not args.datum:
        raise BadSettings([f"--place needs --datum: {', '.join(coordinates.DATUMS)}"])
    try:
        longitude, latitude = (float(part) for part in args.place.split(","))
    except ValueError:
        raise BadSettings(["--place: expected LONGITUDE,LATITUDE in degrees"]) from None
    return coordinates.place(longitude, latitude, args.datum)


def _now() -> datetime:
    return datetime.now(UTC)


ACTIONS = {
    "init": _init,
    "enroll": _enroll,
    "rotate": _rotate,
    "renew": _renew,
    "replace": _replace,
    "batch": _batch,
    "move": _move,
    "revoke": _revoke,
    "retire": _retire,
    "due": _due,
    "export": _export,
    "certify": _certify,
    "crl": _crl,
    "server": _server,
    "oscore": _oscore,
    "show": _show,
}
