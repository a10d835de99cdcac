"""What ``[page]`` of ``pole.toml`` becomes: where the node's own page is served, and its code."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from agent.linux.toml_lines import Path as KeyPath

LISTEN = "127.0.0.1:8080"
_PAGE = ("listen", "code")
CODE_PREFIX = "pbkdf2-sha256$"


class Compiler(Protocol):
    """What pole_toml gives: where mistakes go, and its small pieces."""

    folder: Path

    def wrong(self, path: KeyPath, text: str) -> None: ...
    def known_keys(self, table: dict[str, Any], here: KeyPath, known: tuple[str, ...]) -> None: ...
    def text(self, table: dict[str, Any], here: KeyPath, key: str, default: str | None) -> str: ...


@dataclass(frozen=True)
class PageSettings:
    """host, port: where to listen; code: the salted hash of the code in the box, "" for none: then
    the page only shows."""

    host: str
    port: int
    code: str = ""


def address(text: str) -> tuple[str, int]:
    """(host, port) of "HOST:PORT". ValueError for anything else."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f'expected an address such as "{LISTEN}", not {text!r}')
    return host.strip("[]"), int(port)


def compile_page(compiler: Compiler, table: Any) -> PageSettings | None:
    """The page that the table asks for; None where there is no table."""
    if table is None:
        return None
    here: KeyPath = ("page",)
    if not isinstance(table, dict):
        compiler.wrong(here, "expected a table [page]")
        return None
    compiler.known_keys(table, here, _PAGE)
    try:
        host, port = address(compiler.text(table, here, "listen", LISTEN) or LISTEN)
    except ValueError as error:
        compiler.wrong((*here, "listen"), str(error))
        return None
    return PageSettings(host, port, _code(compiler, table, here))


def _code(compiler: Compiler, table: dict[str, Any], here: KeyPath) -> str:
    """The hash itself, or from the file of that name."""
    if "code" not in table:
        return ""
    written = compiler.text(table, here, "code", None)
    path = compiler.folder / written
    try:
        if written and not written.startswith(CODE_PREFIX) and path.is_file():
            written = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        written = "?"
    if written and not written.startswith(CODE_PREFIX):
        compiler.wrong(
            (*here, "code"), "expected what `pole commission code` made, or the file that holds it"
        )
        return ""
    return written
