"""Puts the agent of a board together: journal, key, lines, carrier. What only that needs is let go
of when the agent is up, and this module, too: see ``lighten`` and board.app.
"""

import sys

from agent.agent import Agent, Ports
from agent.alarms import Alarm
from agent.backlog import Backlog
from agent.buffer.held import Held
from agent.buffer.journal import Journal
from agent.buffer.scan import Scanner
from agent.buffer.sectors import Sectors
from agent.buffer.state import SECTORS, StateStore
from agent.bus import Bus
from agent.device import Budget, Device
from agent.downlink import Gate
from agent.drivers import load
from agent.exchange import Exchange
from agent.flights import Flights
from agent.frame import RowBuffer
from agent.pace import Pace
from agent.protocols.signers import SoftSigner, SoftVerifier
from agent.protocols.sm2_sign import SigningKey
from agent.protocols.sm2_verify import use_table
from agent.ration import Ration
from agent.schedule import Group
from agent.seal import Sealer
from agent.settings import AlarmRule, Platform, Settings, unpack
from agent.store import Store
from agent.upkeep import Upkeep
from agent.uplink import Uplink
from board.entropy import Entropy
from board.flash import BlockFlash
from board.line import UartLine

# A start makes them all, and nothing makes another one.
MADE_ONCE = (
    Agent, Ports, Settings, Platform, AlarmRule, Alarm, Device, Bus, Budget, Exchange, Group,
    RowBuffer, Sealer, Store, Ration, Upkeep, Journal, Held, Sectors, Scanner, StateStore, Uplink,
    Gate, Pace, Flights, Backlog, SoftSigner, SigningKey, SoftVerifier, UartLine, BlockFlash,
)  # fmt: skip


def build(board, folder, log):
    """The Agent of this board. folder: where its settings lie, "/" at the end; log(topic, text)."""
    settings = unpack(_read(folder + "settings.bin"))
    entropy = Entropy()
    flash = board.flash()
    district = settings.district
    platforms = 1 if district is None else 2
    journal = Journal(flash, lambda: int.from_bytes(entropy.take(4), "big"), SECTORS, platforms)
    journal.mount()
    for sentence in journal.diagnostics:
        log("journal", sentence)
    if settings.sign_table:
        use_table(settings.sign_table)
    key = int(_read("device.key").decode().strip(), 16)
    ports = Ports(
        {line.name: board.line(line.port) for line in settings.lines},
        journal,
        StateStore(flash),
        _carrier(settings, settings.pole_id, entropy),
        SoftSigner(key, entropy, settings.sign_check),
        SoftVerifier([settings.platform_key]),
        entropy,
        log,
    )
    for line in settings.lines:
        if line.rts:
            ports.lines[line.name].direct(*line.rts)
    if district is not None:
        there = _carrier(district, settings.pole_id, entropy, sealed=False)
        ports.district = (there, SoftVerifier([district.platform_key]))
    drivers = {name: load(name) for name in settings.drivers()}
    version = sys.implementation.version
    runtime = "micropython %d.%d.%d on %s" % (version[0], version[1], version[2], board.NAME)
    reason = board.reset_reason()
    agent = Agent(settings, drivers, ports, runtime, reason, reason == "power-on")
    settings.lines = ()  # what they say is in the agent
    return agent


def lighten(agent):
    """Let go of the code that has made the agent: constructors alone are a twentieth of the heap.
    Whoever calls one all the same is told so by a TypeError."""
    for made in MADE_ONCE + (type(agent.uplink.carrier),):
        made.__init__ = None
    Journal.mount = StateStore._load = Settings.drivers = None


def _carrier(whereto, name, entropy, sealed=True):
    """The carrier to a platform of the settings, for the pole of that name. sealed: whether the
    board's OSCORE context, if it has one, is for that platform."""
    if whereto.carrier == "mqtt":
        from board.mqtt import Carrier

        return Carrier(whereto.url, name, entropy)
    from board.coap import Carrier, secure_context

    return Carrier(whereto.url, name, entropy, secure=secure_context() if sealed else None)


def _read(path):
    with open(path, "rb") as file:
        return file.read()
