"""``pole driver test``: the contract that every driver holds, on one driver."""

import argparse
import json
import os
import textwrap
import time
from pathlib import Path
from typing import Any

from agent.cli.help import Examples
from agent.kit import suite

_EPILOG = """\
examples:
  pole driver test agent/drivers/pzem_004t.py
  pole driver test tests/shared/test_driver_pzem_004t.py
  pole driver test acme_pole.acme_flow        a package of your own
  pole driver test --json pzem-004t

Its test file holds MODEL, CASES and twin(log); `pole driver new` writes one.

exit status: 0 green, 1 something is wrong, or a runtime is missing in CI.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "test",
        help="run the driver contract on a driver, under both runtimes",
        description="Run the contract that every driver holds: replies three ways, cut short, of "
        "others, late, random bytes, silence, sentinels, warm-up, and its simulated twin; under "
        "CPython and MicroPython. Says in words what is wrong.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("driver", metavar="FILE", help="its file or test file, or its name")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Test args.driver; 0 if it is green under every runtime."""
    return report(suite.find_test(args.driver), args.json)


def report(test: Path, as_json: bool = False) -> int:
    """Run the suite on a test file and print what it says; the exit status."""
    began = time.monotonic()
    verdicts = suite.run(test)
    seconds = time.monotonic() - began
    missing = suite.micropython() is None
    green = all(verdict.green() for verdict in verdicts)
    if as_json:
        found = {verdict.runtime: verdict.clauses for verdict in verdicts}
        print(json.dumps({"green": green, "seconds": round(seconds, 2), "runtimes": found}))
    else:
        _show(test, verdicts)
        names = " and ".join(verdict.runtime for verdict in verdicts)
        print(f"{'green' if green else 'NOT green'}: {names}, {seconds:.1f} s")
        if missing:
            print("MicroPython is missing here: pip install 'pole-agent[simulators]'")
    return 0 if green and not (missing and os.environ.get("CI") == "true") else 1


def _show(test: Path, verdicts: list[suite.Verdict]) -> None:
    print(near(test))
    clauses = list(dict.fromkeys(name for verdict in verdicts for name in verdict.clauses))
    for clause in clauses:
        wrong = [verdict for verdict in verdicts if verdict.clauses.get(clause)]
        print(f"  {clause:<24} {'WRONG' if wrong else 'ok'}")
        sentences: dict[str, list[str]] = {}
        for verdict in wrong:
            for sentence in verdict.clauses[clause]:
                sentences.setdefault(sentence, []).append(verdict.runtime)
        for sentence, runtimes in sentences.items():
            where = "" if len(runtimes) == len(verdicts) else f" ({', '.join(runtimes)})"
            print(textwrap.fill(sentence + where, 76, initial_indent="    ",
                                subsequent_indent="    "))  # fmt: skip


def near(path: Path) -> str:
    """A path as short as it can be said from here."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
