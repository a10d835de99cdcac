"""``flash.py`` in a Python that has none of what it needs."""

import subprocess
import sys

from tests.host.micropython import ROOT


def test_outside_its_environment_it_says_what_to_do() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "flash.py", "--simulate", "1"],  # -S: no site-packages
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert "make setup" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 2, "a sentence in English, and one in Chinese"
