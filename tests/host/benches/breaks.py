"""A bench that breaks off, and leaves a process behind that hides in a session of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from bench.figure import exact


def figures() -> Iterator[dict[str, Any]]:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"],
                             start_new_session=True)  # fmt: skip
    yield exact("the child", child.pid, "")
    yield exact("the bench", os.getpid(), "")
    raise OSError(5, "the meter | fell\noff")
