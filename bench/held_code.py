"""How much of its code a board holds in its memory, by the memory itself.

When a module has been imported, its own statements and those of its class bodies are done with, and
what only a start needs is let go of (board.app.forget, board.app.made_once): the garbage collection
takes that byte code. So the board's interpreter is asked for its heap, and of each function of each
.mpy file it is seen whether its byte code lies there.
"""

import re
from pathlib import Path

DUMP = "heap.bin"
BLOCK = 32  # bytes, on a 64-bit interpreter: the unit of its heap (py/gc.c)

# What the board does last: tell its modules and the table of its heap, and write the memory there.
TELL = f"""
import gc, micropython, sys, uctypes
print("modules:", " ".join(sys.modules))
gc.collect()
micropython.mem_info(1)
here = uctypes.addressof(bytearray(1))
for line in open("/proc/self/maps"):
    first, last = [int(part, 16) for part in line.split(" ")[0].split("-")]
    if first <= here < last:
        with open("{DUMP}", "wb") as file:
            file.write(first.to_bytes(8, "big"))
            file.write(uctypes.bytearray_at(first, last - first))
"""


class Heap:
    """What TELL told. said: what the board printed; dump: what it wrote. ValueError if it did not
    come to its end."""

    def __init__(self, said: str, dump: bytes) -> None:
        modules = re.search(r"^modules: (.*)$", said, re.MULTILINE)
        start = re.search(r"GC memory layout; from ([0-9a-f]+):", said)
        if modules is None or start is None:
            raise ValueError("the board did not tell its heap")
        self.modules = set(modules[1].split())
        self._data = dump[8 + int(start[1], 16) - int.from_bytes(dump[:8], "big") :]
        self._heads: dict[bytes, list[int]] = {}  # where allocated pieces begin, by first bytes
        for place, row in re.findall(r"^([0-9a-f]{8}): (\S+)$", said, re.MULTILINE):
            for number, kind in enumerate(row):
                at = int(place, 16) + number * BLOCK
                if kind not in ".=":
                    self._heads.setdefault(self._data[at : at + 4], []).append(at)

    def holds(self, code: bytes) -> bool:
        """Whether a piece of it begins with that."""
        return any(self._data.startswith(code, at) for at in self._heads.get(code[:4], ()))


class MpyFile:
    """Byte code that can be loaded. Source: MicroPython's reference manual, "MicroPython .mpy
    files", version 6. ValueError where the data are none."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.functions: list[bytes] = []  # the byte code of each; machine code is not in here
        if data[:2] != b"M\x06":
            raise ValueError("no .mpy file of version 6")
        self._at = 4
        names, constants = self._number(), self._number()
        for _ in range(names):
            self._name()
        for _ in range(constants):
            self._constant()
        self._code()
        if self._at != len(data):
            raise ValueError(f"{len(data) - self._at} bytes behind the code of a .mpy file")

    def let_go(self, heap: Heap) -> int:
        """The bytes of its functions that are not in the heap."""
        return sum(len(code) for code in self.functions if not heap.holds(code))

    def _number(self) -> int:
        value = 0
        while True:
            byte = self.data[self._at]
            self._at += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value

    def _name(self) -> None:
        length = self._number()
        if not length & 1:  # else it is one that every interpreter has
            self._at += (length >> 1) + 1

    def _constant(self) -> None:
        kind = self._number()
        if kind <= 4:  # None, True, False, ... : no more than that
            return
        length = self._number()
        if kind == 10:  # a tuple
            for _ in range(length):
                self._constant()
        else:
            self._at += length + (kind in (5, 6))  # texts and bytes end with a zero

    def _code(self) -> None:
        head = self._number()
        length, children, kind = head >> 3, head & 4, head & 3
        if kind == 0:
            self.functions.append(self.data[self._at : self._at + length])
        self._at += length
        if kind:
            self._number()  # of machine code: its type
        for _ in range(self._number() if children else 0):
            self._code()


def held(heap: Heap, host: Path, board: Path) -> int:
    """The bytes of .mpy that a board holds: of each module that it has, the file for that board
    without the functions that it let go of. host, board: the folders of the same code, as the
    interpreter ran it and as the board gets it; they differ in machine code alone."""
    total = 0
    for module in heap.modules:
        for name in (f"{module.replace('.', '/')}.mpy", f"{module.replace('.', '/')}/__init__.mpy"):
            if (board / name).exists():
                total += (board / name).stat().st_size
                total -= MpyFile((host / name).read_bytes()).let_go(heap)
    return total
