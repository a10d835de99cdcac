"""SM3 in plain integers beside the openssl command, for every length around the block's edges."""

import random
from pathlib import Path

from agent.protocols.sm3 import digest
from tests.host.openssl import openssl


def test_openssl_agrees(tmp_path: Path) -> None:
    dice = random.Random(32905)
    messages = [dice.randbytes(size) for size in [*range(200), *dice.sample(range(200, 5000), 30)]]
    names = [f"{number:03}" for number in range(len(messages))]
    for name, message in zip(names, messages, strict=True):
        (tmp_path / name).write_bytes(message)
    said = openssl(tmp_path, "dgst", "-sm3", "-r", *names).splitlines()
    assert [line.split()[0] for line in said] == [digest(message).hex() for message in messages]
