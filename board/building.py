"""What the agent of a board is made of: settings, journal, key, lines, carriers, drivers.

What only a start needs is let go of as soon as it is done, modules and constructors, for what
follows needs the room; and so is this module, before the agent is made.
"""

import sys

from board.app import forget, made_once
from board.entropy import Entropy


def parts(board, folder, log):
    """What an Agent is given. folder: where the settings lie, "/" at the end; log(topic, text)."""
    settings = _settings(folder)
    entropy = Entropy()
    flash = board.flash()
    journal = _journal(flash, entropy, 1 if settings.district is None else 2, log)
    carriers = _carriers(settings, entropy)
    signer, verifiers = _keys(settings, entropy)
    lines = _lines(board, settings)
    from agent.agent import Ports
    from agent.buffer.state import StateStore

    state = StateStore(flash)
    ports = Ports(lines, journal, state, carriers[0], signer, verifiers[0], entropy, log)
    if len(carriers) > 1:
        ports.district = carriers[1], verifiers[1]
    made_once(StateStore, Ports, type(flash))
    StateStore._load = None
    return _given(board, settings, ports)


def _settings(folder):
    from agent import settings

    found = settings.unpack(_read(folder + "settings.bin"))
    made_once(settings.AlarmRule, settings.DeviceSettings, settings.LineSettings)
    made_once(settings.Settings, settings.Platform)
    forget("agent.settings")
    return found


def _journal(flash, entropy, platforms, log):
    from agent.buffer.held import Held
    from agent.buffer.journal import Journal
    from agent.buffer.scan import Scanner
    from agent.buffer.sectors import Sectors
    from agent.buffer.state import SECTORS

    journal = Journal(flash, lambda: int.from_bytes(entropy.take(4), "big"), SECTORS, platforms)
    journal.mount()
    for sentence in journal.diagnostics:
        log("journal", sentence)
    made_once(Journal, Held, Scanner, Sectors)
    Journal.mount = None
    forget("agent.buffer.recovery")
    return journal


def _carriers(settings, entropy):
    """The carrier to each platform."""
    made = [_carrier(settings, settings.pole_id, entropy, True)]
    if settings.district is not None:
        made.append(_carrier(settings.district, settings.pole_id, entropy, False))
    for carrier in made:
        made_once(type(carrier))
        if carrier.name == "mqtt":
            made_once(type(carrier.session))
        else:
            made_once(type(carrier.exchanges), type(carrier.exchanges.round_trip))
    forget("agent.protocols.urls")
    return made


def _carrier(whereto, name, entropy, sealed):
    """sealed: whether the board's OSCORE context, if it has one, is for that platform."""
    if whereto.carrier == "mqtt":
        from board.mqtt import Carrier

        return Carrier(whereto.url, name, entropy)
    from board.coap import Carrier, secure_context

    return Carrier(whereto.url, name, entropy, secure=secure_context() if sealed else None)


def _keys(settings, entropy):
    """The signer, and the verifier of each platform."""
    from agent.protocols.signers import SoftSigner, SoftVerifier
    from agent.protocols.sm2_comb import use_table
    from agent.protocols.sm2_sign import SigningKey

    if settings.sign_table:
        use_table(settings.sign_table)
    key = int(_read("device.key").decode().strip(), 16)
    signer = SoftSigner(key, entropy, settings.sign_check)
    trusted = [each.platform_key for each in (settings, settings.district) if each is not None]
    verifiers = [SoftVerifier([key]) for key in trusted]
    made_once(SoftSigner, SoftVerifier, SigningKey)
    forget("agent.protocols.sm2_comb")
    return signer, verifiers


def _lines(board, settings):
    """The Line of each line's name."""
    made = {}
    for line in settings.lines:
        made[line.name] = port = board.line(line.port)
        if line.rts:
            port.direct(*line.rts)
    for port in made.values():
        made_once(type(port))
    return made


def _given(board, settings, ports):
    from agent.drivers import load

    drivers = {name: load(name) for name in settings.drivers()}
    type(settings).drivers = None
    forget("agent.drivers")
    version = sys.implementation.version
    runtime = "micropython %d.%d.%d on %s" % (version[0], version[1], version[2], board.NAME)
    reason = board.reset_reason()
    return settings, drivers, ports, runtime, reason, reason == "power-on"


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise OSError(error.errno, path)  # which file it is that a board lacks
