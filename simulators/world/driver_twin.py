"""The contract's clauses about values: those that mean none, those beyond their range, and those
that the simulated twin measured."""

from agent.errors import AgentError
from agent.reading import GOOD, has_value
from simulators.world.sensors.table import registers
from simulators.world.sensors.twin import FOREIGN, GARBAGE, HEALTHY, REFUSES, SILENT


def edges(device, options):
    """What is wrong with the values at the edges of a table's fields: a sentinel must have no
    value, and one beyond the valid range is never good."""
    wrong = []
    for option in options:
        driver = device(option)
        for field in getattr(driver, "fields", ()):
            name = field.channel.name
            for raw in field.sentinels + field.not_fitted:
                found = _read(driver, field, raw)
                if found is not None and has_value(found.quality):
                    wrong.append("%s: the sentinel %d gets a value" % (name, raw))
            for raw in _beyond(field):
                found = _read(driver, field, raw)
                # A driver may turn what stands in the registers into something else.
                if found is not None and found.value == raw and found.quality == GOOD:
                    wrong.append("%s: %d is out of range, but good" % (name, raw))
    return sorted(set(wrong))


def _beyond(field):
    """Raw values just outside of the channel's range, where the registers can hold them."""
    if field.scale is not None:
        return []
    channel = field.channel
    found = []
    for limit, step in ((channel.low, -1), (channel.high, 1)):
        if limit is not None and field.decode(registers(field, limit + step), 0) == limit + step:
            found.append(limit + step)
    return found


def _read(driver, field, raw):
    """The Reading of field's channel, from registers that hold raw there and 0 everywhere else;
    None where it has none."""
    words = {}
    for at, count in driver.requests():
        for index in range(count):
            words[at + index] = 0
    for index, word in enumerate(registers(field, raw)):
        words[field.at + index] = word
    for found in driver.mean(words):
        if found.name == field.channel.name:
            return found
    return None


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
