"""SM2 on one core: libcrypto beside `openssl speed`, plain integers beside PyPI's gmssl, and a
board's machine code beside the plainest algorithm, under the same MicroPython interpreter.

Each pair is measured turn by turn in one run, and the best turn of each counts: the machine's other
work only ever takes time.
"""

import importlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from agent.linux.entropy import Entropy
from agent.linux.libcrypto import LibcryptoSigner, LibcryptoVerifier
from agent.protocols import sm2
from agent.protocols.signers import SoftSigner, SoftVerifier
from bench.figure import figure

D = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
MESSAGE = bytes(700)
TURNS = 5

# Seconds for a signature, for a verification, and for k * G by adding and doubling affine points
# with Euclid's inversion; the best of several turns.
_BOARD = """
import sys, time
sys.path.insert(0, %r)
from agent.protocols import sm2_verify
from agent.protocols.sm2_sign import A, GX, GY, N, P, SigningKey, arithmetic, base_comb

def inverse(x):
    a, b, u, v = P, x %% P, 0, 1
    while b > 1:
        q, r = divmod(a, b)
        a, b, u, v = b, r, v, u - q * v
    return v %% P

def add(x1, y1, x2, y2):
    if x1 == x2:
        slope = (3 * x1 * x1 + A) * inverse(2 * y1) %% P
    else:
        slope = (y2 - y1) * inverse(x2 - x1) %% P
    x = (slope * slope - x1 - x2) %% P
    return x, (slope * (x1 - x) - y1) %% P

def multiply(k):
    x, y = GX, GY
    for bit in range(254, -1, -1):
        x, y = add(x, y, x, y)
        if k >> bit & 1:
            x, y = add(x, y, GX, GY)
    return x, y

def best(work, times):
    least = 1 << 30
    for _ in range(times):
        began = time.ticks_us()
        work()
        least = min(least, time.ticks_diff(time.ticks_us(), began))
    return least

message = bytes(700)
k = N - 3 >> 1 | 1 << 255
for table in (2, 16):
    sm2_verify.use_table(table)
    key = SigningKey(%d)
    signature = key.sign(message, b"")
    trusted = sm2_verify.VerifyingKey(key.public)
    print(best(lambda: key.sign(message, bytes(32)), 100))
    print(best(lambda: trusted.verify(message, signature), 50))
print(best(lambda: multiply(k), 10))
assert multiply(k) == arithmetic.total([(k, base_comb())])
"""


def _best(work: Callable[[], object], times: int) -> float:
    """Calls a second of this process's time, as `openssl speed` counts it, too."""
    began = time.process_time()
    for _ in range(times):
        work()
    return times / (time.process_time() - began)


def _openssl_speed() -> tuple[float, float]:
    """(signatures, verifications) a second by the openssl command."""
    done = subprocess.run(
        ["openssl", "speed", "-seconds", "1", "sm2"], capture_output=True, text=True, check=True
    )
    found = re.search(r"SM2 \(CurveSM2\).*s\s+([\d.]+)\s+([\d.]+)", done.stdout)
    if found is None:
        raise OSError(5, "openssl speed said something else than it used to")
    return float(found[1]), float(found[2])


def _libcrypto() -> Iterator[dict[str, Any]]:
    signer = LibcryptoSigner(D)
    verifier = LibcryptoVerifier([signer.public])
    signature = signer.sign(MESSAGE)
    signed = checked = rival_signed = rival_checked = 0.0
    for _ in range(TURNS):
        signed = max(signed, _best(lambda: signer.sign(MESSAGE), 1500))
        checked = max(
            checked,
            _best(lambda: verifier.verify(signer.alg, signer.kid, MESSAGE, signature), 1500),
        )
        one, other = _openssl_speed()
        rival_signed, rival_checked = max(rival_signed, one), max(rival_checked, other)
    for word, rate, rival in (
        ("sign", signed, rival_signed), ("verify", checked, rival_checked)
    ):  # fmt: skip
        yield figure(f"SM2 by libcrypto, {word} 700 B", rate, "1/s")
        ratio = rate / rival
        yield figure(f"SM2 by libcrypto, {word}: of `openssl speed`", ratio, "times",
                     bar=0.75, at_most=False, rival="openssl speed", ratio=ratio)  # fmt: skip


def _plain() -> Iterator[dict[str, Any]]:
    sm2.use_table(16)
    signer = SoftSigner(D, Entropy())
    verifier = SoftVerifier([signer.public])
    signature = signer.sign(MESSAGE)
    rival = _gmssl(signer.public)
    signed = checked = rival_signed = 0.0
    for _ in range(TURNS):
        signed = max(signed, _best(lambda: signer.sign(MESSAGE), 300))
        checked = max(
            checked,
            _best(lambda: verifier.verify(signer.alg, signer.kid, MESSAGE, signature), 150),
        )
        if rival is not None:
            rival_signed = max(rival_signed, _best(rival, 20))
    sm2.use_table(sm2.DEFAULT_TABLE)
    yield figure("SM2 in plain integers on CPython, sign 700 B", signed, "1/s")
    yield figure("SM2 in plain integers on CPython, verify 700 B", checked, "1/s")
    if rival is not None:
        yield figure("SM2 in plain integers, sign: of gmssl", signed / rival_signed, "times",
                     bar=10, at_most=False, rival="gmssl", ratio=signed / rival_signed)  # fmt: skip


def _gmssl(public: bytes) -> Callable[[], object] | None:
    """One signature of the same message by gmssl; None where it is not installed."""
    try:
        gmssl = importlib.import_module("gmssl.sm2")
    except ImportError:
        return None
    key = gmssl.CryptSM2(private_key=f"{D:064x}", public_key=public[1:].hex())
    return lambda: key.sign_with_sm3(MESSAGE)


def _board() -> Iterator[dict[str, Any]]:
    interpreter = shutil.which("micropython", path=str(Path(sys.executable).parent))
    if interpreter is None:
        return
    root = str(Path(__file__).resolve().parent.parent)
    done = subprocess.run(
        [interpreter, "-X", "heapsize=4M", "-c", _BOARD % (root, D)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    times = [int(line) / 1000 for line in done.stdout.split()]
    slow = times.pop()
    for table in (2, 16):
        signed, checked = times.pop(0), times.pop(0)
        name = f"SM2 on MicroPython (unix port), table of {table} KB"
        yield figure(f"{name}, sign 700 B", signed, "ms")
        yield figure(f"{name}, verify 700 B", checked, "ms")
    ratio = slow / signed
    yield figure("SM2 on MicroPython, sign: of affine k*G with Euclid", ratio, "times",
                 bar=60, at_most=False, rival="affine points, Euclid", ratio=ratio)  # fmt: skip
    rival = _gmssl(sm2.public_key(D))
    if rival is not None:
        ratio = 1000 / max(_best(rival, 20) for _ in range(TURNS)) / signed
        yield figure("SM2 on MicroPython, sign: of gmssl on CPython", ratio, "times",
                     bar=10, at_most=False, rival="gmssl", ratio=ratio)  # fmt: skip


def figures() -> Iterator[dict[str, Any]]:
    """Rates, times, and how many times as fast as the rival of the same run."""
    yield from _libcrypto()
    yield from _plain()
    yield from _board()
