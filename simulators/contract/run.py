"""The driver contract on one test file, under CPython or MicroPython; one JSON object a clause.

``micropython simulators/contract/run.py MODULE FOLDER [FRAMES.json]``: MODULE is the test file's
dotted name below FOLDER; FRAMES the published frames, of which a proven driver needs one. Each
line is {"clause": ..., "wrong": [sentences]}; the last one {"runtime": ...}.
"""

import json
import sys

try:
    from typing import Any
except ImportError:  # MicroPython, which evaluates no annotation
    pass

HERE = __file__.rpartition("/")[0]


def main(module: str, folder: str, frames: str = "") -> None:
    """Print what came of each clause."""
    sys.path.insert(0, HERE + "/../..")
    sys.path.insert(0, folder)
    try:
        parts = __import__(module, None, None, ("*",))
        found = examined(parts, published(frames) if frames else None)
    except Exception as error:
        found = [("loading", [sentence(error)])]
    for clause, wrong in found:
        print(json.dumps({"clause": clause, "wrong": wrong}))
    print(json.dumps({"runtime": runtime()}))


def examined(parts: "Any", frames: "list[bytes] | None") -> "list[tuple[str, list[str]]]":
    """[(clause, sentences)]: the contract's, those of the bus, and the file's own tests."""
    from agent.drivers import load
    from simulators.contract import bus_clauses
    from simulators.world import driver_contract

    found: list[tuple[str, list[str]]] = driver_contract.clauses(parts, frames)
    found += bus_clauses.clauses(parts, load(parts.MODEL))
    return found + [("its own tests", own_tests(parts))]


def own_tests(parts: "Any") -> "list[str]":
    """What is wrong by the test functions of the file."""
    wrong = []
    for name in sorted(dir(parts)):
        if name.startswith("test_"):
            try:
                getattr(parts, name)()
            except Exception as error:
                # An assertion without words: what the contract found stands above.
                wrong.append("%s: %s" % (name, sentence(error)) if str(error) else name + " fails")
    return wrong


def published(path: str) -> "list[bytes]":
    """The replies among the published frames; none that is wrong as printed, nor any that was put
    together from what is printed."""
    with open(path) as file:
        entries = json.load(file)
    texts = [
        entry["response_hex"]
        for entry in entries
        if entry["crc_ok"] is not False and entry["kind"] != "derived-from-published"
    ]
    return [bytes.fromhex(text.replace(" ", "")) for text in texts if text]


def sentence(error: Exception) -> str:
    """An exception as a sentence."""
    return ("%s: %s" % (type(error).__name__, error))[:200]


def runtime() -> str:
    """Name and version of this interpreter."""
    name = sys.implementation.name
    version = ".".join([str(part) for part in sys.implementation.version[:3]])
    return "%s %s" % ("CPython" if name == "cpython" else "MicroPython", version)


if __name__ == "__main__":
    main(*sys.argv[1:])
