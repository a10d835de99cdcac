"""``make bench``: measures, and writes bench/results.json and the table of docs/performance.md.

Every module of BENCHES has ``figures()``, which yields what it measured, see bench.figure.
``make bench ONLY=name`` runs one of them, and renews its figures alone.
"""

import argparse
import importlib
import json
import sys
import time
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
RESULTS = Path(__file__).parent / "results.json"


def _show(row: dict[str, Any]) -> None:
    bar = "" if row["bar"] is None else f"  bar {row['bar']:g} {'ok' if row['ok'] else 'MISSED'}"
    spread = "" if row["spread"] is None else f" ± {row['spread']:.3g}"
    print(f"  {row['name']:<64} {row['value']:>10.4g}{spread} {row['unit']}{bar}", flush=True)


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
    args = parser.parse_args()
    missed = 0
    for name in (args.only,) if args.only else BENCHES:
        rows = run(name)
        keep(name, rows)
        missed += sum(row["ok"] is False for row in rows)
    print(f"written to {RESULTS.name} and {report.PAGE.name}; {missed} bars missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
