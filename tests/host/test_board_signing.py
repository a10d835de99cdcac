"""Signing as boards do it: machine code from .mpy under the real MicroPython interpreter, in a
small heap, and verified by OpenSSL, both ways."""

import os
import subprocess
from pathlib import Path

import pytest

from agent.linux.libcrypto import LibcryptoSigner, LibcryptoVerifier
from agent.protocols import cose
from provisioning import board_image, sm2_table
from tests.host.micropython import ROOT, interpreter

D = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
ALL = (
    "sm2_curve",
    "sm2_sign",
    "sm2_verify",
    "sm2_comb",
    "sm2_viper",
    "sm2_plain",
    "sm3",
    "sm3_viper",
    "sm3_plain",
)

SIGN = f"""
import gc
gc.threshold(2048)
from agent.protocols.sm2_sign import SigningKey, arithmetic
key = SigningKey({D})
message = bytes(700)
for number in range(20):
    signature = key.sign(message, bytes([number]) * 32)
print(arithmetic.__name__, signature.hex())
"""
MANY = f"""
from agent.protocols.sm2_sign import SigningKey
from agent.protocols.sm2_verify import VerifyingKey
key = SigningKey({D}, check=VerifyingKey)
for number in range(1000):
    print(key.sign(b"message %d" % number, bytes([number & 255])).hex())
"""
VERIFY = """
import sys
from agent.errors import BadSignature
from agent.protocols.sm2_verify import VerifyingKey
key = VerifyingKey(bytes.fromhex(sys.stdin.readline().strip()))
for number in range(1000):
    signature = bytes.fromhex(sys.stdin.readline().strip())
    key.verify(b"message %d" % number, signature)
    if number % 50 == 0:
        try:
            key.verify(b"message %d" % (number + 1), signature)
            raise SystemExit("a forgery passed")
        except BadSignature:
            pass
print("all fit")
"""


def compiled(folder: Path, *names: str, table: int | None = 2) -> Path:
    """Those modules of agent/protocols as .mpy, as a board has them."""
    if not board_image.HOST:
        pytest.skip("this machine's MicroPython runs no machine code")
    files = ["agent/__init__.py", "agent/errors.py", "agent/protocols/__init__.py"]
    for name in [*files, *(f"agent/protocols/{name}.py" for name in names)]:
        board_image.compile_file(ROOT / name, folder / Path(name).with_suffix(".mpy"), name)
    if table is not None:
        sm2_table.compile_table(folder, table)
    return folder


def micropython(
    folder: Path, program: str, heap: str, given: str = ""
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [interpreter(), "-X", f"heapsize={heap}", "-c", program], input=given,
        cwd=folder, env={**os.environ, "MICROPYPATH": str(folder)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_it_signs_in_24_kb_of_heap(tmp_path: Path) -> None:
    folder = compiled(tmp_path, *ALL)
    done = micropython(folder, SIGN, "24K")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("agent.protocols.sm2_viper ")
    assert micropython(folder, SIGN, "16K").returncode != 0, "the limit is felt"


@pytest.mark.parametrize("table", [None, 1, 2, 4, 8, 16])
def test_every_table_signs_the_same(table: int | None, tmp_path: Path) -> None:
    done = micropython(compiled(tmp_path, *ALL, table=table), SIGN, "80K")
    assert done.returncode == 0, done.stderr
    signature = done.stdout.split()[1]
    assert signature == plain(tmp_path / "plain")


def plain(folder: Path) -> str:
    """The same signature where the machine code is missing."""
    names = [name for name in ALL if not name.endswith("_viper")]
    done = micropython(compiled(folder, *names, table=1), SIGN, "80K")
    assert done.returncode == 0, done.stderr
    arithmetic, signature = done.stdout.split()
    assert arithmetic == "agent.protocols.sm2_plain"
    return signature


def test_code_for_another_machine_is_left_alone(tmp_path: Path) -> None:
    folder = compiled(tmp_path, *ALL)
    for name in ("sm2_viper", "sm3_viper"):
        path = f"agent/protocols/{name}"
        board_image.compile_file(ROOT / f"{path}.py", folder / f"{path}.mpy", name, "armv6m")
    done = micropython(folder, SIGN, "80K")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["agent.protocols.sm2_plain", plain(tmp_path / "plain")]


def test_openssl_verifies_a_thousand_signatures_and_makes_a_thousand(tmp_path: Path) -> None:
    folder = compiled(tmp_path, *ALL, table=16)
    signer = LibcryptoSigner(D)
    verifier = LibcryptoVerifier([signer.public])
    done = micropython(folder, MANY, "2M")
    assert done.returncode == 0, done.stderr
    signatures = [bytes.fromhex(line) for line in done.stdout.split()]
    assert len(set(signatures)) == 1000
    for number, signature in enumerate(signatures):
        verifier.verify(cose.ALG_SM2_SM3, signer.kid, b"message %d" % number, signature)
    lines = [signer.public.hex(), *(signer.sign(b"message %d" % n).hex() for n in range(1000))]
    done = micropython(folder, VERIFY, "2M", "\n".join(lines))
    assert (done.returncode, done.stdout) == (0, "all fit\n"), done.stderr
