"""The table of SM2's base point as a module of a board's image, where it lies in flash if the image
does (frozen, or in a ROMFS), and else takes its size of the heap."""

import tempfile
from pathlib import Path

from agent.protocols import sm2_comb
from agent.protocols.sm2_curve import GX, GY
from provisioning import board_image

NAME = "agent/protocols/sm2_table.py"


def module(kilobytes: int) -> str:
    """The source of the module: 1, 2, 4, 8 or 16 KB. ValueError for another size."""
    if kilobytes not in sm2_comb.TABLES:
        sizes = ", ".join(str(size) for size in sm2_comb.TABLES)
        raise ValueError(f"an SM2 table of {kilobytes} KB; there are {sizes}")
    teeth, blocks = sm2_comb.TABLES[kilobytes]
    table = bytes(sm2_comb.comb((GX, GY), teeth, blocks).table)
    return f"TEETH = {teeth}\nBLOCKS = {blocks}\nTABLE = {table!r}\n"


def compile_table(target: Path, kilobytes: int) -> int:
    """Compile the module into target, the folder of a board's image; returns the bytes of its
    .mpy. A board without it makes a table of 2 KB when it starts."""
    compiled = target / Path(NAME).with_suffix(".mpy")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "sm2_table.py"
        source.write_text(module(kilobytes), encoding="utf-8")
        board_image.compile_file(source, compiled, NAME, "")
    return compiled.stat().st_size


def compiled(kilobytes: int) -> dict[str, bytes]:
    """The same as what a slot holds of it, by path. It is data, for any processor."""
    with tempfile.TemporaryDirectory() as folder:
        compile_table(Path(folder), kilobytes)
        path = Path(NAME).with_suffix(".mpy")
        return {path.as_posix(): (Path(folder) / path).read_bytes()}
