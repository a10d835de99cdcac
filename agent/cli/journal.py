"""``pole journal``: look into a journal, of this node or copied from a board. Never writes."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from agent import frame, frame_reader
from agent.cli.help import Examples
from agent.errors import AgentError, BadFrame
from agent.linux.journal_export import NAMES, decoded, exported
from agent.linux.journal_survey import Lane, Survey
from agent.linux.libcrypto import make_verifier
from agent.linux.readonly_flash import ReadOnlyFlash
from agent.protocols import cose

_SHOWN = 10  # gaps or bad frames that are listed one by one

_EPILOG = """\
examples:
  pole journal journal                       a node's folder, also while it runs
  pole journal dump.bin                      a dump of a board's flash partition
  pole journal --verify --key 04ab... journal
  pole journal --export journal > frames.jsonl

It only reads: nothing in the folder or file changes. While an agent writes to it, the
newest frame may look torn; look again.

exit status: 0 read, 1 no journal here, or --verify found damage, 2 wrong usage.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "journal",
        help="look into a journal: frames, gaps, damage, wear",
        description="Show what a journal holds, by lane; check it; export it. Never writes.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("path", type=Path, metavar="FILE-OR-FOLDER")
    command.add_argument("--verify", action="store_true", help="check every frame; 1 if damaged")
    command.add_argument("--key", type=_key, metavar="HEX-OR-FILE",
                         help="the device's public key, for --verify")  # fmt: skip
    command.add_argument("--sector", type=int, default=0, metavar="BYTES",
                         help="sector size of a dump (guessed from its headers)")  # fmt: skip
    command.add_argument("--unit", type=int, default=0, metavar="BYTES",
                         help="program unit of a dump (guessed)")  # fmt: skip
    how = command.add_mutually_exclusive_group()
    how.add_argument("--export", action="store_true", help="print one JSON object a frame")
    how.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(func=run)


def _key(written: str) -> bytes:
    try:
        path = Path(written)
        if len(written) != 130 and path.is_file():
            written = path.read_text(encoding="ascii").strip()
        key = bytes.fromhex(written)
    except (ValueError, OSError):
        key = b""
    if len(key) != 65 or key[0] != 4:
        raise argparse.ArgumentTypeError(
            "expected a public key: 130 hex digits that begin with 04, or a file that holds them"
        )
    return key


def run(args: argparse.Namespace) -> int:
    """Show, verify or export the journal in args.path; the exit status."""
    if args.sector and (args.sector < 512 or args.sector % 4):
        print("pole journal: --sector: expected 512 or more, a multiple of 4", file=sys.stderr)
        return 2
    flash = ReadOnlyFlash(args.path, args.sector, args.unit)
    try:
        survey = Survey(flash)
        bad = verify(survey, args.key) if args.verify else []
        if args.export:
            _export(survey)
        elif args.json:
            found = survey.as_json()
            if args.verify:
                found["bad_frames"] = bad
                found["ok"] = not bad and not survey.damaged()
            print(json.dumps(found))
        else:
            _show(args.path, survey)
            if args.verify:
                _show_verdict(survey, bad, args.key is not None)
    except OSError as error:
        error.filename = error.filename or str(args.path)
        raise
    finally:
        flash.close()
    return 1 if args.verify and (bad or survey.damaged()) else 0


def verify(survey: Survey, key: bytes | None) -> list[dict[str, Any]]:
    """Frames that are not what they claim: [{"lane", "seq", "text"}]. With a key, also forgeries.

    The CRC of every record has been checked by the survey.
    """
    verifier = make_verifier([key]) if key else None
    bad = []
    for stored in survey.stored():
        try:
            signed = cose.parse1(stored.data)
            if verifier is not None:
                verifier.verify(signed.alg, signed.kid, signed.message, signed.signature)
            found = frame_reader.decode(signed.payload)
            if (found.lane, found.seq) != (stored.lane, stored.seq):
                raise BadFrame("the frame has another lane or sequence than its record")
        except AgentError as error:
            bad.append({"lane": stored.lane, "seq": stored.seq, "text": str(error)})
    return bad


def _export(survey: Survey) -> None:
    schemas = {}
    for stored in survey.stored():
        found = decoded(stored)
        if found is not None and found.kind == frame.SCHEMA_FRAME:
            schemas[found.schema_id_of_body()] = found.body
    for stored in survey.stored():
        print(json.dumps(exported(stored, schemas), ensure_ascii=False))


# For people.


def _size(count: int) -> str:
    if count < 10 << 10:
        return f"{count} B"
    return f"{count / 1024:.0f} KB" if count < 10 << 20 else f"{count / (1 << 20):.1f} MB"


def _moment(at: list[int] | None) -> str:
    if at is None:
        return "-"
    seconds = at[1] // 1000
    days = f"{seconds // 86400}d " if seconds >= 86400 else ""
    return f"{at[0]}: {days}{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _show(path: Path, survey: Survey) -> None:
    found, flash = survey.as_json(), survey.flash
    formats = " and ".join(found["formats"]) or "unknown"
    print(f"{path}: {found['sectors_in_use']} of {flash.sectors} sectors of "
          f"{_size(flash.sector_size)} hold frames")  # fmt: skip
    print(f"  epoch {found['epoch']:08x}, boot {found['boot']}, format {formats}")
    print(f"{'LANE':<11}{'STORED':>8}{'WAITING':>8}{'BYTES':>9}  {'SEQUENCES':<15} "
          f"{'BOOT: UPTIME':<12} TO")  # fmt: skip
    for lane in survey.lanes:
        _show_lane(lane)
    for number in range(survey.destinations):
        cursors = ", ".join(f"{NAMES[lane.lane]} {lane.released[number]}" for lane in survey.lanes)
        print(f"platform {number + 1} has, up to: {cursors}")
    gaps = [(NAMES[lane.lane], gap) for lane in survey.lanes for gap in lane.gaps]
    print(f"gaps: {len(gaps) or 'none'}")
    for name, gap in gaps[:_SHOWN]:
        print(f"  {name} {gap['first']} to {gap['last']}: {gap['reason']}"[:80])
    _show_damage(survey)
    wear = survey.wear()
    print(f"wear: a sector was erased about {wear['mean']} times "
          f"({wear['lowest']} to {wear['highest']}), by its generations")  # fmt: skip


def _show_lane(lane: Lane) -> None:
    span = f"{lane.first}-{lane.last}" if lane.frames else "-"
    print(f"{NAMES[lane.lane]:<11}{lane.frames:>8}{lane.waiting:>8}{_size(lane.bytes):>9}  "
          f"{span:<15} {_moment(lane.begin):<12} {_moment(lane.end)}")  # fmt: skip


def _show_damage(survey: Survey) -> None:
    if not survey.damaged():
        print("damage: none")
    if survey.unreadable:
        numbers = ", ".join(str(number) for number in survey.unreadable[:_SHOWN])
        print(f"damage: {len(survey.unreadable)} sectors cannot be read: {numbers}"[:80])
    if survey.torn:
        total = sum(survey.torn.values())
        numbers = ", ".join(str(number) for number in list(survey.torn)[:_SHOWN])
        print(f"damage: {total} torn bytes in sectors {numbers}"[:80])
    if survey.flash.missing:
        print(f"damage: the last sector lacks {survey.flash.missing} bytes: a copy cut short?")


def _show_verdict(survey: Survey, bad: list[dict[str, Any]], signed: bool) -> None:
    frames = sum(lane.frames for lane in survey.lanes)
    what = "record and signature" if signed else "record (no --key: signatures unchecked)"
    verdict = "damaged" if bad or survey.damaged() else "all good"
    print(f"verified: {frames} frames, {what}: {verdict}")
    for part in bad[:_SHOWN]:
        print(f"  {NAMES[part['lane']]} {part['seq']}: {part['text']}"[:80])
    if len(bad) > _SHOWN:
        print(f"  and {len(bad) - _SHOWN} more")
