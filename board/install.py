"""Filling a slot: ``begin``, copy the files and the manifest last, ``switch``. The workstation
loads this; a board that runs has no need of it. slots: a board.slots.Slots.
"""

import os

MANIFEST = "manifest"


def begin(slots):
    """Empty the slot that is not the confirmed one; its folder, "/" at the end."""
    if slots.fallback:
        slots.back("replaced before it was confirmed")
    folder = slots.root + ("b" if slots.active == "a" else "a")
    remove(folder)
    os.mkdir(folder)
    return folder + "/"


def switch(slots, slot, deadline):
    """Run the slot that was filled, "a" or "b", from the next start on, on trial. ValueError if it
    is not complete. deadline: hours of running without an acknowledged frame."""
    if not slots.complete(slot):
        raise ValueError("slot %s is not complete" % slot)
    # The very first one has no state yet, but is found, for it is complete.
    slots.fallback = slots.active if slots.active != slot else None
    slots.active = slot
    slots.confirmed = False
    slots.failures = slots.hours = 0
    slots.deadline = deadline
    slots.reason = ""
    slots.save()


def remove(path):
    """A folder and what is in it; of an application the manifest first."""
    try:
        names = os.listdir(path)
    except OSError:
        return  # there is none
    for name in sorted(names, key=lambda name: name != MANIFEST):
        inner = path + "/" + name
        if os.stat(inner)[0] & 0x4000:
            remove(inner)
        else:
            os.remove(inner)
    os.rmdir(path)
