"""A bench that never ends, and will not be asked to."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from bench.figure import exact


def figures() -> Iterator[dict[str, Any]]:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield exact("the child", child.pid, "")
    yield exact("the bench", os.getpid(), "")
    signal.pause()
