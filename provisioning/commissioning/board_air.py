"""A board's page over its own Wi-Fi, begun by the cable (board/page.py)."""

import gzip
import hashlib
import json
from dataclasses import dataclass

from agent.errors import NotAcknowledged
from agent.linux.commissioning.code import LETTERS, ROUNDS
from agent.linux.commissioning.words import WORDS
from agent.linux.page_server import files_of
from provisioning.commissioning import held_code, lending
from provisioning.flashing.repl import NoAnswer, RemoteError, Repl

LONGEST_MS = 4 * 3_600_000
_MAX_NETWORK = 32  # bytes of a network's name (IEEE 802.11)
_MARK = "=> "
_BEGIN = """
import page, snapshot, recorder, advice
page = page.Page(folder, snapshot.snapshot, recorder.Recorder(), dog, advice, {folder!r})
print({mark!r} + page.open({network!r}, {password!r}, {port}))
"""


@dataclass(frozen=True)
class Air:
    """Where a page is: a phone joins the network with its password, and opens the url."""

    network: str
    password: str
    url: str


def password(code: str, pole: str) -> str:
    """A network's password from the code inside the box: three groups of four letters, always the
    same ones for a pole. It tells nobody the code, and costs whoever guesses codes as much time as
    the node's page does."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    digest = hashlib.pbkdf2_hmac("sha256", plain.encode(), pole.encode(), ROUNDS)
    letters = "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:12])
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def network(pole: str) -> str:
    """What a pole's network is called."""
    return f"pole-{pole}".encode()[:_MAX_NETWORK].decode("utf-8", "ignore")


def open_page(port: str, code: str, for_ms: int, web_port: int = 80) -> Air:
    """Have the board on a port serve its page so long; it needs the cable no more. code: the one
    inside the box. NotAcknowledged, in one sentence, where it does not take part: then it works by
    itself as before."""
    repl = Repl(port)
    try:
        pole = lending.lend(repl, held_code.AIR, files()).pole_id
        name, secret = network(pole), password(code, pole)
        begin = _BEGIN.format(folder=f"{lending.FOLDER}/", mark=_MARK, network=name,
                              password=secret, port=web_port)  # fmt: skip
        said = repl.run(begin, seconds=lending.START_S)
        repl.leave(f"page.run({for_ms})")
    except (NoAnswer, RemoteError, ValueError) as error:
        lending.give_back(repl)
        raise NotAcknowledged(f"the board does not take part: {error}") from error
    (address,) = [line[len(_MARK) :] for line in said.splitlines() if line.startswith(_MARK)]
    where = address if web_port == 80 else f"{address}:{web_port}"
    return Air(name, secret, f"http://{where}/")


def files() -> dict[str, bytes]:
    """The page, each of its files by gzip, by its name on the board."""
    found = {path: content for path, (_, content) in files_of("agent.linux.commissioning").items()}
    found["/words.json"] = json.dumps(WORDS, ensure_ascii=False).encode()
    return {
        f"{path[1:] or 'index.html'}.gz": gzip.compress(content, mtime=0)
        for path, content in found.items()
    }
