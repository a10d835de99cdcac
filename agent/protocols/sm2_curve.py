"""The curve of SM2 (GB/T 32918.5-2017), the fastest arithmetic on its points that there is
(``sm2_viper`` or ``sm2_plain``), and combs: the multiples of a point that are kept.

A comb is signed and knows no zero digit. An odd k below 2**256 is written with L digits, each 1
or -1: digit i is the bit i of (k >> 1) + 2**(L - 1), a 0 standing for -1. The digits lie in a grid,
tooth by tooth; a column of the grid (one digit of every tooth) names a table entry, and its topmost
digit the sign. So a multiplication is the same additions and doublings for every k, an even k being
replaced by n - k; and half a table will do, for the other half is its negative.

A table is bytes, so that it can stay in flash: entry i of block b is x and y, 32 bytes each, lowest
first, in Montgomery form (times 2**256 modulo p), as ``sm2_viper`` wants them. ``sm2_comb``
makes them.
"""

# First, while a board's memory is in one piece: the table of an image, which may keep it in flash.
try:
    from agent.protocols import sm2_table  # type: ignore[attr-defined]
except ImportError:
    sm2_table = None

try:
    from agent.protocols import sm2_viper

    if not sm2_viper.COMPILED:
        raise ImportError
    arithmetic = sm2_viper
except (ImportError, SyntaxError, ValueError, MemoryError):
    # No compiler for viper, code for another machine, or no memory for it.
    from agent.protocols import sm2_plain

    arithmetic = sm2_plain  # type: ignore[misc]

P = arithmetic.P
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0


class Comb:
    """The multiples of one point: the grid's size, and its table.

    teeth: 2 and up; blocks: how many tables share the doublings. The table has
    ``blocks * 2**(teeth - 1)`` entries, the digits number ``teeth * blocks * span``.
    """

    def __init__(self, table, teeth, blocks):
        self.table = table
        self.teeth = teeth
        self.blocks = blocks
        self.span = -(-256 // (teeth * blocks))

    def digits(self, k):
        """The digits of 0 < k < n if k is odd, of n - k if it is even, as bytes, lowest first."""
        k = (N - k, k)[k & 1]
        size = self.teeth * self.blocks * self.span
        return ((k >> 1) + (1 << size - 1)).to_bytes((size + 7) // 8, "little")


# The Comb of the base point: from the image, else made at first use.
base: "list[Comb]" = []
if sm2_table:
    base.append(Comb(sm2_table.TABLE, sm2_table.TEETH, sm2_table.BLOCKS))
