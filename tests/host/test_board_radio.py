"""A board without its Wi-Fi works on, and asks for it again and again.

An ESP32 that still looks for a network refuses the next attempt by an OSError, which must not end
the agent: a missing network would then count as a crash.
"""

import os
import subprocess
from pathlib import Path

from tests.host.micropython import ROOT, interpreter

_TWO_MINUTES = """
import os, sys
sys.path[:0] = [{modules!r}, {root!r}]
import network
from board import radio
connect, tried = network.WLAN.connect, []
def counted(station, name, password):
    tried.append(now)
    connect(station, name, password)
network.WLAN.connect = counted
radio.network = lambda: ("bench", "secret")
joining = radio.Radio(lambda topic, text: print(topic, text))
for now in range(0, 120000, 100):
    if now == {back}:
        os.putenv("POLE_WIFI", "bench:secret")
    joining.check(now)
print(tried)
"""


def _said(folder: Path, back: int) -> list[str]:
    """What a board says in two minutes. back: from which ms on its network is there."""
    modules = ROOT / "simulators" / "board_modules"
    code = _TWO_MINUTES.format(modules=str(modules), root=str(ROOT), back=back)
    done = subprocess.run(
        [interpreter(), "-c", code], env={**os.environ, "POLE_WIFI": ""}, cwd=folder,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_a_network_that_stays_away_ends_nothing_and_is_told_once(tmp_path: Path) -> None:
    told, tried = _said(tmp_path, back=999_999)
    assert told == "radio not in bench yet"
    # The radio is still at the attempt before, lets go of it, and begins anew a second later.
    assert tried == "[0, 30000, 31000, 61000, 62000, 92000, 93000]"


def test_one_that_comes_back_is_joined(tmp_path: Path) -> None:
    *told, tried = _said(tmp_path, back=50_000)
    assert told == ["radio not in bench yet", "radio joined"]
    assert tried == "[0, 30000, 31000, 61000, 62000]"


_LOOK_UP = """
import os, sys
sys.path[:0] = [{modules!r}, {root!r}]
from board import radio
from board.coap import Carrier as Coap
from board.entropy import Entropy
from board.mqtt import Carrier as Mqtt
class Hangs:
    SOCK_DGRAM, SOCK_STREAM = 2, 1
    def getaddrinfo(self, *arguments):
        print("looked up")
        raise OSError(-2)
from board import coap, mqtt
coap.socket = mqtt.socket = Hangs()
def connect():
    first = Coap("coap://pole.example", "P-1", Entropy())
    for carrier in (first, Mqtt("mqtt://pole.example", "P-1")):
        carrier.connect(0)
        print(carrier.last_error)
radio.network = lambda: ("bench", "secret")
joining = radio.Radio(lambda topic, text: None)
joining.check(0)
connect()
os.putenv("POLE_WIFI", "bench:secret")
for now in (30000, 31000, 31100):
    joining.check(now)
connect()
"""


def test_no_name_is_looked_up_without_a_network(tmp_path: Path) -> None:
    """An RP2 would wait for the answer until its watchdog bites."""
    code = _LOOK_UP.format(modules=str(ROOT / "simulators" / "board_modules"), root=str(ROOT))
    done = subprocess.run(
        [interpreter(), "-c", code], env={**os.environ, "POLE_WIFI": ""}, cwd=tmp_path,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.splitlines()
    assert all("no network is joined" in text for text in said[:2])
    assert [text for text in said[2:] if text == "looked up"] == ["looked up"] * 2
