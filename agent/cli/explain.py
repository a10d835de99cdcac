"""``pole explain``: each step of a reading from sample to commit, or why it is not there; and what
a board's traceback means (agent.cli.explain_trace)."""

import argparse
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.cli.help import Examples
from agent.cli.speech import LANGUAGES, wrapped
from agent.errors import BadSettings

_EPILOG = """\
examples:
  pole explain CD-JJ-0001/underpass/level --data platform --registry registry.json
  pole explain CD-JJ-0001/underpass/level --from "2026-11-21 08:00" --to "2026-11-21 09:00" \\
      --data platform --registry registry.json
  pole explain --trace board.log --bundle kit.pole --trust release.pub

Times are UTC; without them, the last hour. Every frame is proven again from its bytes. A hole
is *missing* where a signed record says why, and *unknown* where none does.

A board's traceback names modules and functions by short names; --trace tells which they are. FILE
is what the board printed, - what is typed in. Without --bundle the names are those of this version.
exit status: 0 all explained, 1 something is unknown or not genuine.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "explain",
        help="why a reading or an alarm came, when and by which proof; or why not",
        description="Show each step of a channel's readings and alarms, from sample to commit, "
        "with its proof; and what is missing, with the record that says why.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("channel", nargs="?", metavar="POLE/DEVICE/CHANNEL")
    what.add_argument("--trace", type=Path, metavar="FILE", help="a board's traceback")
    command.add_argument("--bundle", type=Path, metavar="FILE", help="what the board was made from")
    command.add_argument("--trust", type=Path, metavar="FILE", help="the release key's public half")
    command.add_argument("--from", dest="begin", type=_moment, metavar="TIME")
    command.add_argument("--to", dest="end", type=_moment, metavar="TIME")
    command.add_argument("--data", type=Path, default=Path("platform"), metavar="FOLDER",
                         help="the platform's data (default: ./platform)")  # fmt: skip
    command.add_argument("--registry", type=Path, metavar="FILE")
    command.add_argument("--json", action="store_true", help="print one JSON object a step")
    command.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    command.set_defaults(func=run)


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected 2026-11-21 08:00, not {text!r}") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def run(args: argparse.Namespace) -> int:
    """Explain args.channel or args.trace; the exit status."""
    if args.trace is not None:
        from agent.cli.explain_trace import explain_trace

        return explain_trace(args)
    if args.registry is None:
        raise BadSettings(["--registry is needed: whose keys shall prove it?"])
    from provisioning import registry
    from simulators.platform.explain import Explainer
    from simulators.platform.store import Store

    path = args.data / "platform.db"
    if not path.exists():
        raise BadSettings([f"{args.data} holds no platform's data (platform.db)"])
    end = args.end or int(time.time() * 1000)
    begin = args.begin if args.begin is not None else end - 3_600_000
    if begin >= end:
        raise BadSettings(["--from must be before --to"])
    explainer = Explainer(Store(path), registry.load(args.registry))
    try:
        steps = explainer.explain(args.channel, begin, end)
    except KeyError:
        known = "\n  ".join(explainer.channels()) or "none yet"
        raise BadSettings([f"{args.channel} was never heard of. There are:\n  {known}"]) from None
    finally:
        explainer.store.close()
    for step in steps:
        print(json.dumps(vars(step)) if args.json else "\n".join(_told(step)))
    if not steps and not args.json:
        print("nothing in that time")
    good = all(step.what != "unknown" and (step.what == "missing" or step.proof == "genuine")
               for step in steps)  # fmt: skip
    return 0 if good and steps else 1


def _told(step: Any) -> Iterator[str]:
    """Its lines, within 80 columns."""
    for line in _lines(step):
        text = line.lstrip()
        yield from wrapped(text, len(line) - len(text))


def _lines(step: Any) -> list[str]:
    from simulators.platform.explain import number

    span = _clock(step.begin)
    if step.end != step.begin:
        span += f" to {_clock(step.end)}"
    lines = [f"{span}  {step.what}: {step.text}"]
    if step.what == "missing":
        lines.append(f"  said by    {step.proof}")
    if step.frame:
        shown = step.values if len(step.values) < 7 else [*step.values[:3], *step.values[-3:]]
        for index, (at, value, exponent, unit, quality) in enumerate(shown):
            if index == 3 and len(step.values) > len(shown):
                lines.append(f"             ... {len(step.values) - len(shown)} more")
            read = "no value:" if value is None else f"{number(value, exponent)} {unit}"
            lines.append(
                f"  {'judged' if step.what == 'alarm' else 'sampled':9}  {_clock(at)}  "
                f"{read} {quality}".rstrip().removesuffix(":")
            )
        lines.append(f"  sealed     {step.frame}")
        lines.append(f"  signed by  {step.kid or 'nobody known'}: {step.proof}")
        took = (step.committed - step.end) / 1000
        lines.append(
            f"  committed  {_clock(step.committed)} by {step.carrier}, {took:.1f} s after "
            f"{'it was made' if step.what == 'alarm' else 'the last reading'}"
        )
    return lines


def _clock(at: int) -> str:
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{at % 1000:03}"
