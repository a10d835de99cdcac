"""The contract's clauses about bytes that are no reply: cut, foreign, late, random, refusals.

Each takes a driver class and a case of its test file, and returns sentences about what is wrong.
"""

from agent.drivers.ask import ModbusAsk
from agent.errors import AgentError, NoReply, Refused
from agent.protocols import modbus
from agent.reading import GOOD
from simulators.world.dice import Dice


def asks(device, case):
    """[(ask, the reply that the case gives it)], as far as the driver takes them."""
    options, replies, _ = case
    script = device(options).read()
    ask = next(script)
    found = []
    for data in replies:
        found.append((ask, data))
        try:
            reply = ask.open("rtu", 0)[1].feed(data)
            if reply is None:
                break
            ask = script.send(reply)
        except (AgentError, StopIteration):
            break
    script.close()
    return found


def cut(device, case):
    """A reply that is cut short is never taken."""
    wrong = []
    for ask, data in asks(device, case):
        wrong.extend(_cut(ask, data))
    return wrong


def foreign(device, case):
    """Neither is an intact one of another unit, function or length; and the own one still is."""
    wrong = []
    for ask, data in asks(device, case):
        if isinstance(ask, ModbusAsk):
            wrong.extend(_foreign(ask, data))
    return wrong


def late(device, case):
    """Nor the reply to the ask before. (In Modbus RTU nothing tells two replies of one shape apart:
    there the bus asks again.)"""
    wrong = []
    found = asks(device, case)
    for index in range(1, len(found)):
        ask, data = found[index]
        before = found[index - 1][1]
        if data == before or isinstance(ask, ModbusAsk):
            continue
        receiver = ask.open("rtu", 0)[1]
        try:
            if receiver.feed(before) is not None:
                wrong.append("ask %d takes the late reply to the ask before" % (index + 1))
            elif receiver.feed(data) is None:
                wrong.append("ask %d, after a late reply, does not take its own" % (index + 1))
        except AgentError:
            pass
    return wrong


def random(device, case):
    """Random bytes raise nothing but an AgentError."""
    wrong = []
    for ask, _ in asks(device, case):
        wrong.extend(_random(ask))
    return wrong


def unanswered(device, case):
    """After silence or a refusal nothing is called good."""
    wrong = []
    for error in (NoReply("silent"), Refused("refused", 2)):
        script = device(case[0]).read()
        next(script)
        try:
            script.throw(error)
        except AgentError:
            pass
        except StopIteration as end:
            if [reading for reading in end.value if reading.quality == GOOD]:
                wrong.append("a good value after %s" % type(error).__name__)
    return wrong


CLAUSES = (
    ("replies cut short", cut),
    ("replies of others", foreign),
    ("late replies", late),
    ("random bytes", random),
    ("silence and refusal", unanswered),
)


def _cut(ask, data):
    for size in range(len(data)):
        receiver = ask.open("rtu", 0)[1]
        if receiver.feed(data[:size]) is not None:
            return ["a reply cut to %d of %d bytes is taken" % (size, len(data))]
        if not isinstance(receiver.verdict(), AgentError):
            return ["no typed error for a cut reply"]
    return []


def _foreign(ask, data):
    if ask.open("rtu", 0)[1].feed(data) is None:
        return []  # that its own is not taken is said of the case itself
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
