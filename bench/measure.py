"""The inside of a bench.trial: ``python -m bench.measure MODULE FILE`` shows the figures of a bench
as they come, and writes each as a line of JSON; at last, where it breaks off, why.
"""

import importlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any


def show(row: dict[str, Any]) -> None:
    """One figure on the terminal."""
    bar = "" if row["bar"] is None else f"  bar {row['bar']:g} {'ok' if row['ok'] else 'MISSED'}"
    spread = f" ± {row['spread']:.3g}" if row["spread"] else ""
    print(f"  {row['name']:<64} {row['value']:>10.4g}{spread} {row['unit']}{bar}", flush=True)


def main(module: str, into: Path) -> int:
    """0 if it came to its end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that it tidies up
    with open(into, "a", encoding="utf-8", buffering=1) as file:
        try:
            for row in importlib.import_module(module).figures():
                show(row)
                file.write(json.dumps(row) + "\n")
        except Exception as error:  # whatever it is: the next bench runs all the same
            traceback.print_exc(file=sys.stdout)
            words = " ".join(str(error).replace("|", "/").split())[:200]
            file.write(json.dumps({"failure": f"{type(error).__name__}: {words}"}) + "\n")
            return 1
    return 0


if __name__ == "__main__":
    status = main(sys.argv[1], Path(sys.argv[2]))
    sys.stdout.flush()
    os._exit(status)  # no thread that a broken bench left may hold it
