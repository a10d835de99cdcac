"""``python -m tests.fuzz [--seconds N] [TARGET ...]``: coverage-guided fuzzing by atheris.

Each target has its corpus in ``run/fuzz/TARGET``; what broke one is left beside it, and is given
again by ``python -m tests.fuzz TARGET FILE``. Without atheris it says so, and fails.
"""

import argparse
import subprocess
import sys
from pathlib import Path

CORPUS = Path("run/fuzz")
_LONGEST = 1100  # bytes of an input


def main() -> int:
    """Fuzz each target in a process of its own; 1 if one of them broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for all of them together")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="default: all")
    args = parser.parse_args()
    if args.one:
        fuzz(args.targets[0], args.targets[1:], args.seconds)
        return 0
    from tests.fuzz.targets import TARGETS

    names = args.targets or list(TARGETS)
    if len(names) == 2 and Path(names[1]).is_file():
        TARGETS[names[0]](Path(names[1]).read_bytes())
        print(f"{names[0]}: {names[1]} breaks nothing")
        return 0
    unknown = [name for name in names if name not in TARGETS]
    if unknown:
        parser.error(f"no target {unknown[0]!r}; known: {', '.join(TARGETS)}")
    broken = [name for name in names if not _fuzzed(name, max(1, args.seconds // len(names)))]
    print(f"{len(names)} targets, {len(broken)} broken: {', '.join(broken) or '-'}")
    return 1 if broken else 0


def _fuzzed(name: str, seconds: int) -> bool:
    command = [sys.executable, "-m", "tests.fuzz", "--one", "--seconds", str(seconds), name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stderr.splitlines()
    runs = [line for line in said if line.startswith("Done ")]
    print(f"{name}: {runs[-1] if runs else 'BROKEN'}", flush=True)
    if done.returncode:
        print("\n".join(said[-25:]), file=sys.stderr)
    return done.returncode == 0


def fuzz(name: str, more: list[str], seconds: int) -> None:
    """Fuzz one target in this process, which atheris ends."""
    try:
        import atheris  # type: ignore[import-untyped]
    except ImportError:
        sys.exit("atheris is missing: pip install atheris")
    with atheris.instrument_imports(include=["agent"], enable_loader_override=False):
        from tests.fuzz.targets import TARGETS, seeds
    corpus = CORPUS / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        (corpus / f"seed-{number}").write_bytes(seed)
    arguments = [
        sys.argv[0], f"-max_total_time={seconds}", f"-max_len={_LONGEST}",
        f"-artifact_prefix={CORPUS}/{name}-", "-print_final_stats=0", *more, str(corpus),
    ]  # fmt: skip
    atheris.Setup(arguments, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
