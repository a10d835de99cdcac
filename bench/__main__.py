"""``make bench``: measures, and writes bench/results.json and the table of docs/performance.md.

Every module of BENCHES has ``figures()``, which yields what it measured, see bench.figure.
``make bench ONLY=name`` runs one of them, and renews its figures alone.

A bench of BESIDE mostly waits: it runs as a process of its own while those do their part in which
nothing depends on what else the machine does: they count, or live on simulated time.
"""

import argparse
import importlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import report

BENCHES = (
    "journal",
    "journal_rivals",
    "recovery",
    "bus",
    "small_heap",
    "board",
    "board_heap",
    "drain",
    "alarm",
    "alarm_node",
    "alarm_loss",
    "delivery",
    "day",
    "backlog_node",
    "wire",
    "signing",
    "authority",
    "node",
    "overload",
    "broker_away",
    "fleet",
    "flashing",
)
# What mostly waits: while which others run.
BESIDE = {
    "board_heap": ("small_heap", "board"),
    "broker_away": ("delivery", "alarm_loss", "alarm", "drain", "wire"),
}
RESULTS = Path(__file__).parent / "results.json"


def _show(row: dict[str, Any]) -> None:
    bar = "" if row["bar"] is None else f"  bar {row['bar']:g} {'ok' if row['ok'] else 'MISSED'}"
    spread = "" if row["spread"] is None else f" ± {row['spread']:.3g}"
    print(f"  {row['name']:<64} {row['value']:>10.4g}{spread} {row['unit']}{bar}", flush=True)


def measure(name: str) -> list[dict[str, Any]]:
    """The figures of a bench."""
    return [{"bench": name, **row} for row in importlib.import_module(f"bench.{name}").figures()]


def run(name: str) -> list[dict[str, Any]]:
    """The figures of a bench, shown as they come."""
    print(f"{name}:", flush=True)
    began = time.monotonic()
    rows = []
    for row in importlib.import_module(f"bench.{name}").figures():
        _show(row)
        rows.append({"bench": name, **row})
    print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    return rows


def run_beside(name: str, others: tuple[str, ...]) -> list[tuple[str, list[dict[str, Any]]]]:
    """A bench that mostly waits, and meanwhile the others: each with its figures."""
    command = [sys.executable, "-m", "bench", "--rows", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waiting:
        found = [(other, run(other)) for other in others]
        said, _ = waiting.communicate()
    if waiting.returncode:
        raise OSError(5, f"the bench {name} failed")
    *lines, rows = said.splitlines()
    print("\n".join([f"{name} (meanwhile):", *lines]))
    for row in json.loads(rows):
        _show(row)
    return [*found, (name, json.loads(rows))]


def run_all() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every bench with its figures."""
    done = set()
    for name in BENCHES:
        for waiting, others in BESIDE.items():
            if name in (waiting, *others) and name not in done:
                yield from run_beside(waiting, others)
                done |= {waiting, *others}
        if name not in done:
            yield name, run(name)


def keep(name: str, rows: list[dict[str, Any]]) -> None:
    """Put a bench's figures in place of those it had."""
    found = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    benches = {one: [row for row in found if row["bench"] == one] for one in BENCHES}
    benches[name] = rows
    every = [row for one in BENCHES for row in benches[one]]
    RESULTS.write_text(json.dumps(every, indent=1) + "\n", encoding="utf-8")
    report.write(every)


def main() -> int:
    """0 if every figure keeps its bar."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", metavar="NAME", choices=BENCHES, help=", ".join(BENCHES))
    parser.add_argument("--rows", metavar="NAME", choices=BENCHES, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.rows:
        print(json.dumps(measure(args.rows)))
        return 0
    began = time.monotonic()
    missed = 0
    for name, rows in [(args.only, run(args.only))] if args.only else run_all():
        keep(name, rows)
        missed += sum(row["ok"] is False for row in rows)
    print(f"{(time.monotonic() - began) / 60:.1f} minutes")
    print(f"written to {RESULTS.name} and {report.PAGE.name}; {missed} bars missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
