"""``pole frames``: prove and read frames anywhere, long after they were sent."""

import argparse
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.cli import frames_redecode
from agent.cli.help import Examples
from agent.errors import BadFrame

_EPILOG = """\
examples:
  pole frames verify --registry registry.json frames/
  pole journal --export journal | pole frames verify --registry registry.json -
  pole frames decode --registry registry.json frames/ > readings.jsonl
  pole frames redecode --registry registry.json --settings pole.toml frames/

A path is a file or a folder; - is standard input. A file holds frames one after the other,
lines of hex, or lines of JSON with a member "hex".
exit status: 0 all genuine, 1 some are not (each is named).
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "frames",
        help="prove and read frames: a file, a folder, standard input",
        description="Prove that frames were signed by the devices of a registry, and read them.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    verify = _action(actions, "verify", "say of each frame whether it is genuine", _verify)
    verify.add_argument("--json", action="store_true", help="print one JSON object a frame")
    _action(actions, "decode", "print the readings of genuine frames as JSON lines", _decode)
    again = _action(actions, "redecode", frames_redecode.HELP, _redecode)
    frames_redecode.add_arguments(again)


def _action(actions: Any, name: str, text: str, func: Any) -> Any:
    action = actions.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    action.add_argument("paths", nargs="+", metavar="PATH")
    action.add_argument("--registry", type=Path, required=True, metavar="FILE")
    action.set_defaults(func=func)
    return action


def _proofs(args: argparse.Namespace) -> Iterator[Any]:
    from provisioning import frames, registry

    known = registry.load(args.registry)
    sources = (
        frames.split(sys.stdin.buffer.read()) if path == "-" else frames.items(Path(path))
        for path in args.paths
    )
    return frames.verified(itertools.chain.from_iterable(sources), known)


def _verify(args: argparse.Namespace) -> int:
    genuine: Counter[str] = Counter()
    refused = 0
    for number, proof in enumerate(_proofs(args), 1):
        if args.json:
            print(json.dumps(_as_json(proof), ensure_ascii=False))
        elif proof.error:
            whose = f"{proof.device.name}: " if proof.device else ""
            print(f"frame {number} ({len(proof.data)} bytes): {whose}{proof.error}")
        if proof.error:
            refused += 1
        else:
            genuine[proof.device.name] += 1
    if not args.json:
        for name, count in sorted(genuine.items()):
            print(f"{name}: {count} genuine")
        print(
            f"{genuine.total()} genuine, {refused} refused" if genuine or refused else "no frames"
        )
    return 1 if refused or not genuine else 0


def _decode(args: argparse.Namespace) -> int:
    from provisioning import frames

    proofs = list(_proofs(args))
    known = frames.schemas(proofs)
    failed = 0
    for number, proof in enumerate(proofs, 1):
        try:
            for value in frames.values(proof, known):
                print(json.dumps(_reading(value), ensure_ascii=False))
        except BadFrame as error:
            failed += 1
            print(f"pole frames: frame {number}: {error}", file=sys.stderr)
    return 1 if failed else 0


def _redecode(args: argparse.Namespace) -> int:
    return frames_redecode.run(list(_proofs(args)), args)


def _reading(value: Any) -> dict[str, Any]:
    stay = value.stay
    return {
        **{name: part for name, part in vars(value).items() if name != "stay"},
        "pole": stay.pole if stay else None,
        "place": stay.place if stay else None,
    }


def _as_json(proof: Any) -> dict[str, Any]:
    from agent.frame_reader import KIND_NAMES

    got = proof.frame
    return {
        "genuine": not proof.error,
        "error": proof.error or None,
        "device": proof.device.id if proof.device else None,
        "kind": KIND_NAMES.get(got.kind, str(got.kind)) if got else None,
        "epoch": got.epoch if got else None,
        "lane": got.lane if got else None,
        "seq": got.seq if got else None,
        "time": got.time_ms if got else None,
    }
