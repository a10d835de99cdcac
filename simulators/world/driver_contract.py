"""What every driver must hold, whatever it reads: its declarations, and its way with bytes.

``check(parts)`` takes a driver's test module, or anything with MODEL, CASES and ``twin(log)``:
CASES are (options, replies of each ask in order, [(channel, value, quality), ...]); twin gives a
twin with steady signals, or None. The answer is a list of sentences, empty where all is well.
"""

from binascii import hexlify

from agent.drivers import load
from agent.errors import AgentError, WrongReply
from agent.reading import GOOD, QUALITY_NAMES, has_value
from simulators.world import driver_bytes, driver_twin

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
    """Every sentence about what is wrong; see clauses."""
    wrong = []
    for _, sentences in clauses(parts, published):
        wrong.extend(sentences)
    return wrong


def clauses(parts, published=None):
    """[(clause, sentences about what is wrong)], in order. published: the replies (bytes) that
    stand for real devices; a proven driver needs one of them among its cases. None: not looked at.
    """
    device = load(parts.MODEL)
    found = [("declarations", declared(device, parts))]
    for clause, look in (("replies three ways", decoded),) + driver_bytes.CLAUSES:
        found.append((clause, _of_cases(parts.CASES, look, device)))
    options = [case[0] for case in parts.CASES]
    found.append(("sentinels and range", driver_twin.edges(device, options)))
    if published is not None:
        found.append(("published bytes", shown(device, parts.CASES, published)))
    twin = getattr(parts, "twin", None)
    if twin and parts.CASES:
        found.append(("simulated twin", driver_twin.twinned(device, options[0], twin)))
    return found


def _of_cases(cases, look, device):
    wrong = []
    for number, case in enumerate(cases):
        wrong.extend(["case %d: %s" % (number, sentence) for sentence in look(device, case)])
    return wrong


def shown(device, cases, published):
    """What is wrong with what the driver calls proven."""
    replies = [data for _, replies, _ in cases for data in replies]
    if device.proven and not [data for data in replies if data in published]:
        return ["it calls itself proven, but no case holds published bytes"]
    return []


def declared(device, parts):
    """What is wrong with what the driver says of itself."""
    wrong = []
    for name in ("title", "kind", "source"):
        if not getattr(device, name):
            wrong.append("%s is empty" % name)
    if "." not in parts.MODEL and device.model != parts.MODEL:
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
                text = "channel %s: no SenML unit '%s'; such are m, Cel, %%RH, V, ug/m3, /"
                wrong.append(text % (channel.name, channel.unit))
    return wrong


def decoded(device, case):
    """What is wrong with the readings of a case: whole, byte by byte, behind noise with a tail."""
    sentences, ways = [], []
    for way, feed in (("whole", _whole), ("byte by byte", _single), ("in noise", _noisy)):
        for sentence in _decoded(device, case, feed):
            if sentence not in sentences:
                sentences.append(sentence)
                ways.append([])
            ways[sentences.index(sentence)].append(way)
    return ["%s: %s" % (", ".join(way), text) for way, text in zip(ways, sentences)]


def _decoded(device, case, feed):
    options, replies, expected = case
    driver = device(options)
    try:
        readings = _played(driver, replies, feed)
    except AgentError as error:
        return ["%s: %s%s" % (type(error).__name__, error, _exchange(device, case))]
    return _compared(readings, expected) + judged(driver, readings)


def _exchange(device, case):
    """The ask at which a case ends, and what the case answers it."""
    asks = driver_bytes.asks(device, case)
    if not asks:
        return ""
    ask, data = asks[-1]
    asked = ask.open("rtu", 0)[0]
    return "; ask %d is %s, the case answers %s" % (len(asks), _hex(asked), _hex(data))


def _hex(data):
    return hexlify(data).decode() if data else "nothing"


def _compared(readings, expected):
    """What readings say otherwise than expected, [(channel, value, quality), ...]."""
    names = [reading.name for reading in readings]
    if names != [part[0] for part in expected]:
        wanted = ", ".join([part[0] for part in expected])
        return ["it reads %s; the case says %s" % (", ".join(names), wanted)]
    return [
        "%s: it reads %r, %s; the case says %r, %s"
        % (name, reading.value, QUALITY_NAMES[reading.quality], value, QUALITY_NAMES[quality])
        for reading, (name, value, quality) in zip(readings, expected)
        if (reading.value, reading.quality) != (value, quality)
    ]


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
    raise WrongReply(
        "it asks %d times and more, the case answers %d" % (len(replies) + 1, len(replies))
    )
