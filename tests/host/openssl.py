"""The openssl command of the system, and keys as its files."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from agent.linux import der
from agent.protocols import sm2

DISTID = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")


def openssl(folder: Path, *arguments: str) -> str:
    """Run it in folder; what it printed. Skips where it is missing, but fails in CI."""
    if shutil.which("openssl") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("openssl is missing")
        pytest.skip("openssl is missing")
    done = subprocess.run(
        ["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def key_files(folder: Path, d: int) -> None:
    """Write key.pem and public.pem of private key d."""
    (folder / "key.der").write_bytes(der.private_key(d, sm2.public_key(d)))
    openssl(folder, "pkey", "-inform", "DER", "-in", "key.der", "-out", "key.pem")
    openssl(folder, "pkey", "-in", "key.pem", "-pubout", "-out", "public.pem")
