"""Files that are there whole or not at all: a power cut leaves the old content, or the new one."""

import os


def read(path):
    """The bytes of a file, or None where there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def replace(path, data):
    """Put data in place of what the file held."""
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.rename(path + ".new", path)


def remove(path):
    """Nothing happens where there is none."""
    try:
        os.remove(path)
    except OSError:
        pass
