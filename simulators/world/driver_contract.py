"""What every driver must hold, whatever it reads: its declarations, and its way with bytes.

``check(parts)`` takes a driver's test module, or anything with MODEL, CASES and ``twin(log)``:
CASES are (options, replies of each ask in order, [(channel, value, quality), ...]); twin gives a
twin with steady signals, or None. The answer is a list of sentences, empty where all is well.
"""

from agent.drivers import load
from agent.drivers.ask import ModbusAsk
from agent.errors import AgentError, NoReply, Refused, WrongReply
from agent.protocols import modbus
from agent.reading import GOOD, has_value
from simulators.world.dice import Dice
from simulators.world.sensors.twin import FOREIGN, GARBAGE, HEALTHY, REFUSES, SILENT

# SenML names of RFC 8428, clause 12.1, RFC 8798, clause 3, and the IANA registry's "deg".
_UNIT_NAMES = (
    "m kg g s A K cd mol Hz rad sr N Pa J W C F V Ohm S Wb T H Cel lm lx Bq Gy Sv kat m2 m3 l m/s "
    "m/s2 m3/s l/s W/m2 cd/m2 bit bit/s lat lon pH dB dBW Bspl count / % %RH %EL EL 1/s 1/min "
    "beat/min beats S/m B VA VAs var vars J/m kg/m3 deg ms min h MHz kW kVA kvar Ah Wh kWh varh "
    "kvarh kVAh mV mA dBm ug/m3 mm/h m/h ppm /100 /1000 hPa mm cm km km/h"
)
UNITS = _UNIT_NAMES.split()
LONGEST_WARM_UP_MS = 30 * 60000
NOISE = b"\x00\xa5\x13"


def check(parts, published=None):
    """Every sentence about what is wrong. published: the replies (bytes) that stand for real
    devices; a proven driver needs one of them among its cases. None: not looked at."""
    device = load(parts.MODEL)
    wrong = declared(device, parts)
    for number, case in enumerate(parts.CASES):
        found = decoded(device, case) + undecoded(device, case)
        wrong.extend(["case %d: %s" % (number, sentence) for sentence in found])
    if published is not None and device.proven:
        replies = [data for _, replies, _ in parts.CASES for data in replies]
        if not [data for data in replies if data in published]:
            wrong.append("it calls itself proven, but no case holds published bytes")
    twin = getattr(parts, "twin", None)
    return wrong + (twinned(device, parts.CASES[0][0], twin) if twin and parts.CASES else [])


def declared(device, parts):
    """What is wrong with what the driver says of itself."""
    wrong = []
    for name in ("title", "kind", "source"):
        if not getattr(device, name):
            wrong.append("%s is empty" % name)
    if device.model != parts.MODEL:
        wrong.append("the model is %r, but the file says %r" % (device.model, parts.MODEL))
    if not 0 <= device.warm_up_ms <= LONGEST_WARM_UP_MS:
        wrong.append("a warm-up of %d ms" % device.warm_up_ms)
    if not 100 <= device.min_every_ms <= 3600000:
        wrong.append("min_every_ms of %d" % device.min_every_ms)
    if not parts.CASES:
        wrong.append("no case: nothing shows that it decodes anything")
    for options, _, _ in parts.CASES:
        channels = device(options).channels
        names = [channel.name for channel in channels]
        if len(names) != len(set(names)):
            wrong.append("two channels have one name: %s" % ", ".join(names))
        for channel in channels:
            if channel.unit not in UNITS:
                wrong.append("channel %s: no SenML unit %r" % (channel.name, channel.unit))
    return wrong


def decoded(device, case):
    """What is wrong with the readings of a case: whole, byte by byte, behind noise with a tail."""
    options, replies, expected = case
    wrong = []
    for way, feed in (("whole", _whole), ("byte by byte", _single), ("in noise", _noisy)):
        driver = device(options)
        try:
            readings = _played(driver, replies, feed)
        except AgentError as error:
            wrong.append("%s: %s: %s" % (way, type(error).__name__, error))
            continue
        found = [(reading.name, reading.value, reading.quality) for reading in readings]
        if found != [tuple(reading) for reading in expected]:
            wrong.append("%s it reads %r, not %r" % (way, found, expected))
        wrong.extend(judged(driver, readings))
    return wrong


def judged(driver, readings):
    """What is wrong with readings, whatever the bytes: order, and what is called good."""
    wrong = []
    if [reading.name for reading in readings] != [part.name for part in driver.channels]:
        return ["the readings are not the channels, in their order"]
    for channel, reading in zip(driver.channels, readings):
        if (reading.unit, reading.exponent) != (channel.unit, channel.exponent):
            wrong.append("%s comes in another unit or exponent" % channel.name)
        if has_value(reading.quality) != (reading.value is not None):
            wrong.append("%s: quality and value do not agree" % channel.name)
        elif reading.quality == GOOD and not _within(channel, reading.value):
            wrong.append("%s: %d is out of range, and called good" % (channel.name, reading.value))
    return wrong


def undecoded(device, case):
    """What is wrong with the way it takes what is no reply: cut, foreign, refused, random."""
    options, replies, _ = case
    wrong = []
    script = device(options).read()
    ask = next(script)
    for data in replies:
        wrong.extend(_cut(ask, data))
        if isinstance(ask, ModbusAsk):
            wrong.extend(_foreign(ask, data))
        wrong.extend(_random(ask))
        reply = ask.open("rtu", 0)[1].feed(data)
        if reply is None:
            break
        try:
            ask = script.send(reply)
        except StopIteration:
            break
    for error in (NoReply("silent"), Refused("refused", 2)):
        script = device(options).read()
        next(script)
        try:
            script.throw(error)
        except AgentError:
            pass
        except StopIteration as end:
            if [reading for reading in end.value if reading.quality == GOOD]:
                wrong.append("a good value after %s" % type(error).__name__)
    return wrong


def twinned(device, options, twin_of):
    """What is wrong between the driver and its twin: one reads what the other logged, or says
    why not."""
    log = []
    twin = twin_of(lambda channel, now, value: log.append((channel, value)))
    if twin is None:
        return []
    if hasattr(twin, "unit") and "address" in options:
        options = dict(options)
        options["address"] = twin.unit
    try:
        readings = _spoken(device(options), twin)
    except AgentError as error:
        return ["its twin is not understood: %s: %s" % (type(error).__name__, error)]
    found = {reading.name: reading.value for reading in readings}
    wrong = [
        "the twin logged %s = %d, the driver reads %s" % (name, value, found[name])
        for name, value in log
        if name in found and found[name] != value
    ]
    if not [name for name, _ in log if name in found]:
        wrong.append("the twin logged nothing that the driver reads")
    for fault in (SILENT, GARBAGE) + ((FOREIGN, REFUSES) if device.protocol == "modbus" else ()):
        twin.fault = fault
        try:
            if [part for part in _spoken(device(options), twin) if part.quality == GOOD]:
                wrong.append("a good value from a twin that is %s" % fault)
        except AgentError:
            pass
    twin.fault = HEALTHY
    return wrong


def _within(channel, value):
    low, high = channel.low, channel.high
    return (low is None or value >= low) and (high is None or value <= high)


def _whole(receiver, data):
    return receiver.feed(data)


def _single(receiver, data):
    for at in range(len(data)):
        reply = receiver.feed(data[at : at + 1])
        if reply is not None:
            return reply
    return None


def _noisy(receiver, data):
    return receiver.feed(NOISE + data + b"\x7e\x00")


def _played(driver, replies, feed):
    script = driver.read()
    ask = next(script)
    for data in replies:
        receiver = ask.open("rtu", 0)[1]
        reply = feed(receiver, data)
        if reply is None:
            raise receiver.verdict()
        try:
            ask = script.send(reply)
        except StopIteration as end:
            return end.value
    raise WrongReply("it asks for more than the case holds")


def _cut(ask, data):
    for size in range(len(data)):
        receiver = ask.open("rtu", 0)[1]
        if receiver.feed(data[:size]) is not None:
            return ["a reply cut to %d of %d bytes is taken" % (size, len(data))]
        if not isinstance(receiver.verdict(), AgentError):
            return ["no typed error for a cut reply"]
    return []


def _foreign(ask, data):
    pdu = data[1:-2]
    function = 7 - pdu[0] if pdu[0] in (modbus.READ_HOLDING, modbus.READ_INPUT) else pdu[0]
    others = [(ask.unit + 1, pdu)]
    if function != pdu[0]:
        others.append((ask.unit, bytes((function,)) + pdu[1:]))
        others.append((ask.unit, bytes((pdu[0], pdu[1] + 2)) + pdu[2:] + b"\x00\x00"))
    for unit, other in others:
        receiver = ask.open("rtu", 0)[1]
        if receiver.feed(modbus.rtu_frame(unit & 0xFF, other)) is not None:
            return ["an intact reply to something else is taken"]
        if receiver.feed(data) is None:
            return ["after a foreign reply its own is not taken"]
    return []


def _random(ask):
    dice = Dice(6)
    for _ in range(40):
        receiver = ask.open("rtu", 0)[1]
        try:
            receiver.feed(dice.take(dice.below(60)))
            if not isinstance(receiver.verdict(), AgentError):
                return ["no typed error for random bytes"]
        except AgentError:
            pass
        except Exception as error:
            return ["random bytes raise %s" % type(error).__name__]
    return []


def _spoken(driver, twin):
    """The readings of driver from its twin, which answers, or sends by itself within 10 s."""
    script = driver.read()
    ask = next(script)
    now = 1000
    while True:
        data, receiver = ask.open("rtu", 0)
        reply = receiver.feed(twin.receive(data, now)) if data else None
        for _ in range(100):
            if reply is not None:
                break
            now += 100
            reply = receiver.feed(twin.tick(now))
        if reply is None:
            raise receiver.verdict()
        try:
            ask = script.send(reply)
        except StopIteration as end:
            return end.value
