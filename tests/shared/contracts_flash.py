"""What every Flash keeps to. Each check takes a fresh, erased flash, or one that was programmed."""


def wait_synced(flash, ticket):
    """Wait until a ticket is durable; a worker may need a moment."""
    for _ in range(2000000):
        if flash.synced() >= ticket:
            return
    raise AssertionError("never durable")


def refused(action, *arguments):
    try:
        action(*arguments)
    except (ValueError, OSError):
        return True
    return False


def check_flash(flash):
    """Run the whole contract on an erased flash of at least two sectors."""
    size, unit = flash.sector_size, flash.unit
    assert flash.sectors >= 2 and size % unit == 0
    blank = b"\xff" * size
    assert flash.read(0, 0, size) == blank
    data = bytes([at & 0xFF for at in range(unit * 3)])
    flash.program(1, unit * 2, data)
    ticket = flash.sync()
    wait_synced(flash, ticket)
    assert flash.read(1, unit * 2, len(data)) == data
    assert flash.read(1, unit * 2 + 1, 2) == data[1:3]
    # The neighbours are untouched, up to the last byte of a sector.
    assert flash.read(1, 0, unit * 2) == b"\xff" * (unit * 2)
    assert flash.read(0, 0, size) == blank
    flash.program(0, size - unit, bytes(unit))
    assert flash.read(0, size - unit, unit) == bytes(unit)
    assert flash.read(1, 0, unit) == b"\xff" * unit
    # Zeros may be programmed over anything: that is how a sector is given up.
    flash.program(1, unit * 2, bytes(unit))
    assert flash.read(1, unit * 2, unit) == bytes(unit)
    flash.erase(1)
    assert flash.read(1, 0, size) == blank
    assert flash.read(0, size - unit, unit) == bytes(unit)
    later = flash.sync()
    assert later >= ticket
    wait_synced(flash, later)
    for sector, offset, length in ((flash.sectors, 0, 1), (-1, 0, 1), (0, size, 1), (0, -1, 1)):
        assert refused(flash.read, sector, offset, length), (sector, offset)
        assert refused(flash.program, sector, offset, bytes(unit)), (sector, offset)


def check_journal(flash, again):
    """A journal on it keeps what it stored; again() opens the same flash anew."""
    from agent.buffer.journal import Journal

    journal = Journal(flash, lambda: 5, 2)
    journal.mount()
    for seq in range(1, 41):
        journal.append(1, seq, b"frame %03d" % seq * 10, seq)
    wait_synced(flash, flash.sync())
    assert journal.durable(1) == 40
    journal.release(1, 12)
    journal.flush()
    wait_synced(flash, flash.sync())
    other = Journal(again(), lambda: 6, 2)
    other.mount()
    assert (other.epoch, other.boot, other.released(1)) == (5, 2, 12)
    for seq in range(13, 41):
        assert other.read(1, seq) == b"frame %03d" % seq * 10
