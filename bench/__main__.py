"""``make bench``: measures, and writes bench/results.json and the tables of docs/performance.md.

Every module of BENCHES has ``figures()``, which yields what it measured, see bench.figure, and is
run as a process of its own, see bench.trial. One that breaks off is told and recorded as such, and
the others run on. ``make bench ONLY=name`` runs one of them, and renews its figures alone. Those of
WHEN_ASKED take minutes, and run in no other way; their figures stay until then.

A bench of BESIDE mostly waits: meanwhile those do their part in which nothing depends on what else
the machine does: they count, or live on simulated time.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench import report, thingsboard
from bench.trial import Trial

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
    "batch",
)
WHEN_ASKED = ("batch",)
# What mostly waits: while which others run.
BESIDE = {
    "board_heap": ("small_heap", "board", "wire"),
    "broker_away": ("delivery", "alarm_loss", "alarm", "drain"),
}
RESULTS = Path(__file__).parent / "results.json"


def run(name: str) -> Trial:
    """A bench, whose figures are shown as they come."""
    print(f"{name}:", flush=True)
    with Trial(name) as trial:
        trial.finish()
    _show_end(trial)
    return trial


def run_beside(name: str, others: tuple[str, ...]) -> Iterator[Trial]:
    """A bench that mostly waits, and meanwhile the others."""
    with Trial(name, quiet=True) as waiting:
        for other in others:
            yield run(other)
        waiting.finish()
    print(f"{name} (meanwhile):\n{waiting.said}", end="")
    _show_end(waiting)
    yield waiting


def _show_end(trial: Trial) -> None:
    if trial.failure:
        print(f"  BROKEN OFF: {trial.failure}")
    print(f"  ({trial.seconds:.0f} s)", flush=True)


def run_all() -> Iterator[Trial]:
    """Every bench that need not be asked for, one after another."""
    done = set(WHEN_ASKED)
    for name in BENCHES:
        for waiting, others in BESIDE.items():
            if name in (waiting, *others) and name not in done:
                yield from run_beside(waiting, others)
                done |= {waiting, *others}
        if name not in done:
            yield run(name)


def keep(trial: Trial) -> None:
    """Put a bench's figures in place of those it had."""
    found = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    benches = {one: [row for row in found if row["bench"] == one] for one in BENCHES}
    benches[trial.name] = trial.rows
    every = [row for one in BENCHES for row in benches[one]]
    RESULTS.write_text(json.dumps(every, indent=1) + "\n", encoding="utf-8")
    report.write(every)


def _sum_up(trials: list[Trial], seconds: float) -> int:
    """Show what each took, and what is amiss; how many bars were missed."""
    print(f"\n{'bench':<16}{'seconds':>8}{'figures':>9}{'missed':>8}")
    for trial in sorted(trials, key=lambda trial: -trial.seconds):
        missed = sum(row["ok"] is False for row in trial.rows)
        beside = any(trial.name in others for others in BESIDE.values()) and len(trials) > 1
        note = "  meanwhile" if beside else ""
        print(f"{trial.name:<16}{trial.seconds:>8.0f}{len(trial.rows):>9}{missed:>8}{note}")
    amiss = [row["name"] for trial in trials for row in trial.rows if row["ok"] is False]
    print(f"{seconds / 60:.1f} minutes; written to {RESULTS.name} and {report.PAGE.name}")
    print("\n".join([f"{len(amiss)} bars missed", *(f"  {name}" for name in amiss)]))
    return len(amiss)


def _install() -> None:
    """The rival that has to be fetched, before any time is taken."""
    if not thingsboard.is_here():
        print("installing thingsboard-gateway (once) ...", flush=True)
        try:
            thingsboard.install()
        except OSError as error:
            print(f"  {error.strerror}", flush=True)


def main() -> int:
    """0 if every figure keeps its bar and no bench broke off."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", metavar="NAME", choices=BENCHES, help=", ".join(BENCHES))
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the bench ends, too
    if args.only in (None, "node"):
        _install()
    began = time.monotonic()
    trials = []
    for trial in [run(args.only)] if args.only else run_all():
        keep(trial)
        trials.append(trial)
    return 1 if _sum_up(trials, time.monotonic() - began) else 0


if __name__ == "__main__":
    sys.exit(main())
