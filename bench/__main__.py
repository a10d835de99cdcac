"""``make bench``: measures, prints a table, and writes bench/results.json.

Every module of BENCHES has ``figures()``, which yields what it measured, see bench.figure.
``make bench ONLY=name`` runs one of them and writes nothing: what is written was measured in one
run, one bench after the other.
"""

import argparse
import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

BENCHES = (
    "journal",
    "journal_rivals",
    "recovery",
    "bus",
    "small_heap",
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
)
RESULTS = Path(__file__).parent / "results.json"


def _show(row: dict[str, Any]) -> None:
    bar = "" if row["bar"] is None else f"  bar {row['bar']:g} {'ok' if row['ok'] else 'MISSED'}"
    spread = "" if row["spread"] is None else f" ± {row['spread']:.3g}"
    print(f"  {row['name']:<64} {row['value']:>10.4g}{spread} {row['unit']}{bar}", flush=True)


def run(names: tuple[str, ...]) -> list[dict[str, Any]]:
    """The figures of these benches, shown as they come."""
    rows = []
    for name in names:
        print(f"{name}:", flush=True)
        began = time.monotonic()
        for row in importlib.import_module(f"bench.{name}").figures():
            _show(row)
            rows.append(row)
        print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    return rows


def main() -> int:
    """0 if every figure keeps its bar."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", metavar="NAME", choices=BENCHES, help=", ".join(BENCHES))
    args = parser.parse_args()
    rows = run((args.only,) if args.only else BENCHES)
    if not args.only:
        RESULTS.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        print(f"written to {RESULTS.name}")
    return 1 if any(row["ok"] is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
