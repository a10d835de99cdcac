"""``make bench``: measures, prints a table, and writes bench/results.json.

Every module of this folder with a function ``figures()`` adds its own: a list of dicts with name,
value, unit, spread, rival, ratio, bar, ok (None where there is none).
"""

import argparse
import importlib
import json
import pkgutil
import sys
from pathlib import Path
from typing import Any

import bench


def figure(
    name: str, value: float, unit: str, spread: float | None = None, bar: float | None = None,
    at_most: bool = True, rival: str | None = None, ratio: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One figure. bar: what it must not exceed (at_most) or fall short of."""
    ok = None if bar is None else (value <= bar if at_most else value >= bar)
    return {"name": name, "value": value, "unit": unit, "spread": spread, "rival": rival,
            "ratio": ratio, "bar": bar, "ok": ok}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", metavar="NAME", help="one module of this folder")
    args = parser.parse_args()
    names = [module.name for module in pkgutil.iter_modules(bench.__path__)]
    names = [name for name in names if not name.startswith("_")]
    if args.only and args.only not in names:
        print(f"no {args.only!r}; known: {', '.join(names)}", file=sys.stderr)
        return 2
    results = []
    for name in [args.only] if args.only else names:
        print(f"measuring {name} ...", flush=True)
        results.extend(importlib.import_module(f"bench.{name}").figures())
    for row in results:
        bar = (
            "" if row["bar"] is None else f"  bar {row['bar']:g} {'ok' if row['ok'] else 'MISSED'}"
        )
        spread = "" if row["spread"] is None else f" ± {row['spread']:.3g}"
        print(f"  {row['name']:<44} {row['value']:>10.4g}{spread} {row['unit']}{bar}")
    if not args.only:
        path = Path(__file__).parent / "results.json"
        path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        print(f"written to {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
