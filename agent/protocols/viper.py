"""CPython's stand-in for the machine types of MicroPython's viper, with every bound checked.

Code for viper runs here as the reference, on the words of a 32-bit board whatever the host's are:
a number that a board's register would not hold is an OverflowError, and a pointer that leaves its
buffer an IndexError. ``with Wrapping(32):`` gives words that wrap round instead, for code that
means it (hashes), and ``Wrapping(64)`` is what the same code does on a 64-bit machine.

Boards have no copy of this file: there the compiler knows the types by their names.
"""

CHECKED = True  # what runs is Python, not machine code


class Wrapping:
    """Words of so many bits that wrap round, within a ``with``."""

    bits = 32
    strict = True

    def __init__(self, bits):
        self._other = bits, False

    def __enter__(self):
        self._swap()

    def __exit__(self, *error):
        self._swap()

    def _swap(self):
        self._other, (Wrapping.bits, Wrapping.strict) = (
            (Wrapping.bits, Wrapping.strict),
            self._other,
        )


class Int(int):
    """A signed machine word. The left operand gives a result its type, as in viper."""

    signed = True

    def _word(self, value):
        """value as a word of this type; OverflowError if it does not fit one."""
        size = 1 << Wrapping.bits
        low = -(size >> 1) if self.signed else 0
        if Wrapping.strict and not low <= value < low + size:
            raise OverflowError("%d in a word of %d bits" % (value, Wrapping.bits))
        return type(self)((value - low) % size + low)

    def __add__(self, other):
        return self._word(int(self) + int(other))

    def __sub__(self, other):
        return self._word(int(self) - int(other))

    def __mul__(self, other):
        return self._word(int(self) * int(other))

    def __lshift__(self, other):
        return self._word(int(self) << int(other))

    def __rshift__(self, other):
        return self._word(int(self) >> int(other))

    def __and__(self, other):
        return self._bits(int(self) & int(other))

    def __or__(self, other):
        return self._bits(int(self) | int(other))

    def __xor__(self, other):
        return self._bits(int(self) ^ int(other))

    def _bits(self, value):
        """Bits have no bounds: what the register holds, read as this type."""
        size = 1 << Wrapping.bits
        low = -(size >> 1) if self.signed else 0
        return type(self)((value - low) % size + low)

    def __radd__(self, other):
        return Int(other) + self

    def __rsub__(self, other):
        return Int(other) - self

    def __rmul__(self, other):
        return Int(other) * self


class Uint(Int):
    """An unsigned machine word. Of a pointer: its address, to step in bytes."""

    signed = False

    def __new__(cls, value):
        if isinstance(value, Pointer):
            return Ptr8(value)
        return int.__new__(cls, int(value) & (1 << Wrapping.bits) - 1)


class Pointer:
    """Unsigned elements of ``size`` bytes, lowest byte first; a store keeps the lowest bits."""

    size = 1

    def __init__(self, place):
        if isinstance(place, Pointer):
            self.memory, self.at = place.memory, place.at
        else:
            self.memory, self.at = memoryview(place).cast("B"), 0

    def _slice(self, index):
        first = self.at + index * self.size
        if first < 0 or first + self.size > len(self.memory):
            raise IndexError("byte %d of a buffer of %d" % (first, len(self.memory)))
        return slice(first, first + self.size)

    def __getitem__(self, index):
        return Int(0)._bits(int.from_bytes(self.memory[self._slice(index)], "little"))

    def __setitem__(self, index, value):
        low = int(value) & (1 << 8 * self.size) - 1
        self.memory[self._slice(index)] = low.to_bytes(self.size, "little")

    def __add__(self, other):
        moved = type(self)(self)
        moved.at += int(other) * self.size
        return moved

    def __sub__(self, other):
        return self + -int(other)

    def __eq__(self, other):
        return self.at == other.at and self.memory.obj is other.memory.obj

    def __hash__(self):
        return hash(self.at)


class Ptr8(Pointer):
    """Bytes."""


class Ptr16(Pointer):
    """Half-words."""

    size = 2


class Ptr32(Pointer):
    """Words of 32 bits."""

    size = 4


ptr8 = Ptr8
ptr16 = Ptr16
ptr32 = Ptr32
uint = Uint


def viper(function: object) -> object:
    """What the decorator does: arguments become machine types, the result an object again."""
    types = {"int": Int, int: Int}

    def call(*arguments):
        kinds = function.__annotations__
        names = function.__code__.co_varnames[: len(arguments)]
        words = [
            types.get(kinds[name], kinds[name])(argument)
            for name, argument in zip(names, arguments)
        ]
        result = function(*words)
        return int(result) if isinstance(result, int) else result

    return call
