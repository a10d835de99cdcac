"""Runs shared tests without a test library: ``micropython tests/shared/run.py [module ...]``.

A shared test is a function ``test_*`` without arguments, with plain asserts. pytest runs the same
functions under CPython. Without arguments, every ``test_*.py`` beside this file runs.
"""

import os
import sys

HERE = __file__.rpartition("/")[0] or "."
sys.path.insert(0, HERE + "/../..")


def run(name):
    """Run one module's tests; returns how many passed and how many failed."""
    module = __import__("tests.shared." + name, None, None, ("*",))
    passed = failed = 0
    for test in sorted([word for word in dir(module) if word.startswith("test_")]):
        try:
            getattr(module, test)()
            passed += 1
        except Exception as error:
            failed += 1
            print("FAILED %s.%s" % (name, test))
            if hasattr(sys, "print_exception"):
                sys.print_exception(error)
            else:
                sys.excepthook(type(error), error, error.__traceback__)
    return passed, failed


def main(names):
    if not names:
        names = sorted(
            [
                word[:-3]
                for word in os.listdir(HERE)
                if word.startswith("test_") and word.endswith(".py")
            ]
        )
    passed = failed = 0
    for name in names:
        good, bad = run(name)
        passed += good
        failed += bad
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
