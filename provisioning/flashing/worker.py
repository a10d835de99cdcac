"""A board of a batch, in a process of its own, so that a bug or a hang of one board is its own."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

Event = dict[str, Any]

PATIENCE_S = 900.0  # a board that takes longer is given up


def follow(
    arguments: list[str], tell: Callable[[Event], None], seconds: float = PATIENCE_S
) -> Event | None:
    """Run flash.py for one board; its last event, or None where there was no verdict in so many
    seconds. tell: called with each event before it, as it comes."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "provisioning.flashing.command", "--worker", "--json", *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    patience = threading.Timer(seconds, os.killpg, (worker.pid, signal.SIGKILL))
    patience.daemon = True
    patience.start()
    try:
        return _last(worker, tell)
    except BaseException:
        os.killpg(worker.pid, signal.SIGKILL)
        raise
    finally:
        patience.cancel()
        worker.wait()


def _last(worker: "subprocess.Popen[str]", tell: Callable[[Event], None]) -> Event | None:
    assert worker.stdout is not None
    last: Event | None = None
    for text in worker.stdout:
        try:
            event: Event = json.loads(text)
        except ValueError:
            continue  # the line in which it was killed
        if event["step"] == "end":
            last = event
        else:
            tell(event)
    return last
