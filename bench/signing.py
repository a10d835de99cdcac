"""SM2 on one core: libcrypto beside `openssl speed`, plain integers beside PyPI's gmssl, and a
board's machine code beside the plainest algorithm, under the same MicroPython interpreter.

Each pair is measured turn by turn in one run.
"""

import importlib
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from agent.linux.entropy import Entropy
from agent.linux.libcrypto import LibcryptoSigner, LibcryptoVerifier
from agent.protocols import sm2
from agent.protocols.signers import SoftSigner, SoftVerifier
from bench.figure import median

D = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
MESSAGE = bytes(700)
TURNS = 5

# Microseconds for a signature, for a verification, and for k * G by adding and doubling affine
# points with Euclid's inversion.
_BOARD = """
import sys, time
sys.path.insert(0, %r)
from agent.protocols import sm2_comb, sm2_verify
from agent.protocols.sm2_curve import A, GX, GY, N, P, arithmetic
from agent.protocols.sm2_sign import SigningKey, base_comb

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

def each(work, times):
    began = time.ticks_us()
    for _ in range(times):
        work()
    return time.ticks_diff(time.ticks_us(), began) // times

message = bytes(700)
k = N - 3 >> 1 | 1 << 255
for table in (2, 16):
    sm2_comb.use_table(table)
    key = SigningKey(%d)
    signature = key.sign(message, b"")
    trusted = sm2_verify.VerifyingKey(key.public)
    key.sign(message, b"")
    print(each(lambda: key.sign(message, bytes(32)), 100))
    print(each(lambda: trusted.verify(message, signature), 50))
print(each(lambda: multiply(k), 5))
assert multiply(k) == arithmetic.total([(k, base_comb())])
"""


def _rate(work: Callable[[], object], times: int) -> float:
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
    is_rival_here = shutil.which("openssl") is not None
    if not is_rival_here:
        print("  openssl speed: left out, openssl is not installed")
    signed, checked, rival = [], [], []
    for _ in range(TURNS):
        signed.append(_rate(lambda: signer.sign(MESSAGE), 1500))
        checked.append(
            _rate(lambda: verifier.verify(signer.alg, signer.kid, MESSAGE, signature), 1500)
        )
        if is_rival_here:
            rival.append(_openssl_speed())
    for place, (word, rates) in enumerate((("sign", signed), ("verify", checked))):
        yield median(f"SM2 by libcrypto, {word} 700 B", rates, "1/s")
        if rival:
            yield _beside(f"SM2 by libcrypto, {word}: of `openssl speed`", "openssl speed", rates,
                          [turn[place] for turn in rival], 0.75)  # fmt: skip


def _beside(
    name: str, rival: str, ours: Sequence[float], theirs: Sequence[float], bar: float
) -> dict[str, Any]:
    """How many times as fast as the rival, turn by turn."""
    times = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return median(name, times, "times", bar=bar, at_most=False, rival=rival,
                  ratio=statistics.median(times))  # fmt: skip


def _plain() -> Iterator[dict[str, Any]]:
    sm2.use_table(16)
    signer = SoftSigner(D, Entropy())
    verifier = SoftVerifier([signer.public])
    signature = signer.sign(MESSAGE)
    rival = _gmssl(signer.public)
    signed, checked, others = [], [], []
    for _ in range(TURNS):
        signed.append(_rate(lambda: signer.sign(MESSAGE), 300))
        checked.append(
            _rate(lambda: verifier.verify(signer.alg, signer.kid, MESSAGE, signature), 150)
        )
        if rival is not None:
            others.append(_rate(rival, 20))
    sm2.use_table(sm2.DEFAULT_TABLE)
    yield median("SM2 in plain integers on CPython, sign 700 B", signed, "1/s")
    yield median("SM2 in plain integers on CPython, verify 700 B", checked, "1/s")
    if others:
        yield _beside("SM2 in plain integers, sign: of gmssl", "gmssl", signed, others, 10)


def _gmssl(public: bytes) -> Callable[[], object] | None:
    """One signature of the same message by gmssl; None where it is not installed."""
    try:
        gmssl = importlib.import_module("gmssl.sm2")
    except ImportError:
        return None
    key = gmssl.CryptSM2(private_key=f"{D:064x}", public_key=public[1:].hex())
    return lambda: key.sign_with_sm3(MESSAGE)


def _board_times(interpreter: str) -> list[float]:
    """ms, in the order of _BOARD."""
    root = str(Path(__file__).resolve().parent.parent)
    done = subprocess.run(
        [interpreter, "-X", "heapsize=4M", "-c", _BOARD % (root, D)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [int(line) / 1000 for line in done.stdout.split()]


def _board() -> Iterator[dict[str, Any]]:
    interpreter = shutil.which("micropython", path=str(Path(sys.executable).parent))
    if interpreter is None:
        print("  on MicroPython: left out, it is not installed")
        return
    rival = _gmssl(sm2.public_key(D))
    turns, others = [], []
    for _ in range(TURNS):
        turns.append(_board_times(interpreter))
        if rival is not None:
            others.append(_rate(rival, 20))
    *each, slow = zip(*turns, strict=True)
    for table, signed, checked in ((2, each[0], each[1]), (16, each[2], each[3])):
        name = f"SM2 on MicroPython (unix port), table of {table} KB"
        yield median(f"{name}, sign 700 B", signed, "ms")
        yield median(f"{name}, verify 700 B", checked, "ms")
    rates, slow_rates = ([1000 / ms for ms in times] for times in (each[2], slow))
    yield _beside("SM2 on MicroPython, sign: of affine k*G with Euclid", "affine points, Euclid",
                  rates, slow_rates, 60)  # fmt: skip
    if others:
        yield _beside("SM2 on MicroPython, sign: of gmssl on CPython", "gmssl", rates, others, 10)


def figures() -> Iterator[dict[str, Any]]:
    """Rates, times, and how many times as fast as the rival of the same run."""
    yield from _libcrypto()
    yield from _plain()
    yield from _board()
