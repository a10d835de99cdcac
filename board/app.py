"""The agent on a board: ``run(board)`` with a module that says what the board has.

Beside it on the board's file system: ``settings.bin`` (compiled settings) and ``device.key`` (64
hex digits). It never returns, but for Ctrl-C, which ends it in order.
"""

import gc

# Before anything else is loaded: collect early and often, so that what stays lies close together.
# Without it the largest free piece of a 192 KB heap is 1.6 KB when the agent is up; with it, 23 KB.
gc.threshold(2048)

import sys
import time

from agent.agent import Agent, Ports
from agent.buffer.journal import Journal
from agent.buffer.state import SECTORS, StateStore
from agent.drivers import load
from agent.protocols.signers import SoftSigner, SoftVerifier
from agent.settings import unpack
from board.clock import BoardClock
from board.entropy import Entropy

POLL_MS = 10  # how often lines and network are looked at
FINISH_MS = 8000  # what an orderly end may take to deliver the rest


def log(topic, text):
    """One line for whoever watches the console."""
    print("%s: %s" % (topic, text))


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def carrier(settings, entropy):
    """The carrier that the settings name."""
    if settings.carrier == "mqtt":
        from board.mqtt import Carrier
    else:
        from board.coap import Carrier
    return Carrier(settings.url, settings.pole_id, entropy)


def build(board, now):
    """The Agent of this board."""
    settings = unpack(_read("settings.bin"))
    entropy = Entropy()
    flash = board.flash()
    journal = Journal(flash, lambda: int.from_bytes(entropy.take(4), "big"), SECTORS)
    journal.mount()
    for sentence in journal.diagnostics:
        log("journal", sentence)
    key = int(_read("device.key").decode().strip(), 16)
    ports = Ports(
        {line.name: board.line(line.port) for line in settings.lines},
        journal,
        StateStore(flash),
        carrier(settings, entropy),
        SoftSigner(key, entropy),
        SoftVerifier([settings.platform_key]),
        entropy,
        log,
    )
    drivers = {name: load(name) for name in settings.drivers()}
    version = sys.implementation.version
    runtime = "micropython %d.%d.%d on %s" % (version[0], version[1], version[2], board.NAME)
    reason = board.reset_reason()
    return Agent(settings, drivers, ports, runtime, reason, reason == "power-on")


def run(board, stop=None):
    """Run until stop() is true, or Ctrl-C. Ctrl-C may fall into the middle of a step, as a reset
    may: what was not sealed then is lost. stop is looked at between steps, and loses nothing."""
    clock = BoardClock()
    agent = build(board, clock.now_ms())
    gc.collect()
    log("board", "%s is up, %d bytes free" % (board.NAME, gc.mem_free()))
    utc = clock.utc_ms()
    now = clock.now_ms()
    if utc is not None:
        agent.learn_time(now, utc, 1000, "board clock")
    try:
        while stop is None or not stop():
            wait = agent.step(clock.now_ms()) - clock.now_ms()
            time.sleep_ms(max(0, min(POLL_MS, wait)))
    except KeyboardInterrupt:
        pass
    finish(agent, clock)


def finish(agent, clock):
    """Ask nothing new; seal and deliver what there is, as far as the time goes."""
    agent.stop_sampling()
    end = clock.now_ms() + FINISH_MS
    while clock.now_ms() < end and not agent.delivered():
        agent.step(clock.now_ms())
        time.sleep_ms(POLL_MS)
    agent.stop(clock.now_ms())
    log("board", "stopped in order")
