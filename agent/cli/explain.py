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
from agent.cli.speech import LANGUAGES, language, padded, wrapped
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
    from provisioning import registry
    from simulators.platform.explain import Explainer
    from simulators.platform.explain_words import say
    from simulators.platform.store import Store

    spoken = language(args.lang)
    if args.registry is None:
        raise BadSettings([say("which registry", spoken)])
    path = args.data / "platform.db"
    if not path.exists():
        raise BadSettings([say("no platform", spoken, folder=args.data)])
    end = args.end or int(time.time() * 1000)
    begin = args.begin if args.begin is not None else end - 3_600_000
    if begin >= end:
        raise BadSettings([say("backwards", spoken)])
    # What a script reads is English, whatever people speak.
    told_in = "en" if args.json else spoken
    explainer = Explainer(Store(path), registry.load(args.registry), told_in)
    try:
        steps = explainer.explain(args.channel, begin, end)
    except KeyError:
        known = "\n  ".join(explainer.channels()) or say("none yet", spoken)
        raise BadSettings([say("no channel", spoken, name=args.channel, known=known)]) from None
    finally:
        explainer.store.close()
    for step in steps:
        print(json.dumps(vars(step)) if args.json else "\n".join(_told(step, spoken)))
    if not steps and not args.json:
        print(say("nothing", spoken))
    return 0 if steps and all(step.genuine or step.what == "missing" for step in steps) else 1


def _told(step: Any, spoken: str) -> Iterator[str]:
    """Its lines, within 80 columns."""
    for line in _lines(step, spoken):
        text = line.lstrip()
        yield from wrapped(text, len(line) - len(text))


def _lines(step: Any, spoken: str = "en") -> Iterator[str]:
    from simulators.platform.explain_words import say, word

    span = _clock(step.begin)
    if step.end != step.begin:
        span = say("span", spoken, begin=span, end=_clock(step.end))
    what = word("what", step.what, spoken)
    yield say("step", spoken, span=span, what=what, text=step.text)
    if step.what == "missing":
        yield _line(say("said by", spoken), step.proof)
    if not step.frame:
        return
    alarm = step.what == "alarm"
    yield from _values(step.values, say("judged" if alarm else "sampled", spoken), spoken)
    yield _line(say("sealed", spoken), step.frame)
    kid = step.kid or say("nobody", spoken)
    yield _line(say("signed by", spoken), say("signer", spoken, kid=kid, proof=step.proof))
    took = f"{(step.committed - step.end) / 1000:.1f}"
    code = "commit.alarm" if alarm else "commit.reading"
    said = say(code, spoken, at=_clock(step.committed), carrier=step.carrier, took=took)
    yield _line(say("committed", spoken), said)


def _values(values: list[Any], label: str, spoken: str) -> Iterator[str]:
    """A line for each value; of many, the first and the last three."""
    from simulators.platform.explain import number
    from simulators.platform.explain_words import say, word

    shown = values if len(values) < 7 else [*values[:3], *values[-3:]]
    for index, (at, value, exponent, unit, quality) in enumerate(shown):
        if index == 3 and len(values) > len(shown):
            yield _line("", say("more", spoken, count=len(values) - len(shown)))
        why = word("quality", quality, spoken)
        if value is not None:
            read = say("value", spoken, value=number(value, exponent), unit=unit, quality=why)
        else:
            read = say("no value" if why else "no value, no why", spoken, quality=why)
        yield _line(label, f"{_clock(at)}  {read.rstrip()}")


def _line(label: str, text: str) -> str:
    return f"  {padded(label, 9)}  {text}"


def _clock(at: int) -> str:
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{at % 1000:03}"
