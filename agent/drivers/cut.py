"""Where a request of a Modbus device is cut in two. Loaded when one is refused."""


def cut(driver, index):
    """Put two requests in place of one that was refused, driver.plan[index]; returns whether it
    could: not for a single field. driver: an agent.drivers.modbus.ModbusDevice."""
    at, count = driver.plan[index]
    places = sorted([field.at for field in driver.fields if at <= field.at < at + count])
    ends = sorted([field.at + field.words for field in driver.fields])
    # Where no field lies across: at the widest gap, else in the middle.
    best = None
    for place in places:
        across = [f for f in driver.fields if f.at < place < f.at + f.words]
        if place > at and not across:
            before = max([end for end in ends if end <= place])
            key = (before - place, abs(2 * place - 2 * at - count))
            if best is None or key < best[0]:
                best = (key, place, before)
    if best is None:
        return False
    _, place, before = best
    driver.plan[index : index + 1] = [(at, before - at), (place, at + count - place)]
    return True
