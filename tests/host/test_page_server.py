"""The page's HTTP server, by a plain client."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from simulators.platform.web import PageServer


@pytest.fixture
def server() -> Iterator[PageServer]:
    started = PageServer("127.0.0.1", 0, lambda: {"now": 7, "poles": []})
    started.start()
    yield started
    started.stop()


def test_every_file_of_the_page_has_strict_headers(server: PageServer) -> None:
    for path, kind in (("", "text/html"), ("page.js", "text/javascript"),
                       ("words.js", "text/javascript"), ("page.css", "text/css"),
                       ("api/state", "application/json")):  # fmt: skip
        with urllib.request.urlopen(server.url + path) as answer:
            assert answer.headers["Content-Type"].startswith(kind)
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'; ")


def test_the_state_is_json(server: PageServer) -> None:
    with urllib.request.urlopen(server.url + "api/state?again") as answer:
        assert json.load(answer) == {"now": 7, "poles": []}


def test_nothing_else_is_served(server: PageServer) -> None:
    for path in ("web.py", "../web.py", "%2e%2e/web.py", "page/", "index", "api/", "api/state/x"):
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(server.url + path)
        assert refusal.value.code == 404


def test_the_port_is_free_again(server: PageServer) -> None:
    server.stop()
    again = PageServer("127.0.0.1", int(server.url.rstrip("/").rpartition(":")[2]), dict)
    again.stop()  # one that never started


def test_a_page_holds_no_address_of_another_host(server: PageServer) -> None:
    names = ("", "page.css", "page.js", "words.js", "figures.js", "dom.js", "plot.js", "poles.js",
             "alarms.js")  # fmt: skip
    for name in names:
        with urllib.request.urlopen(server.url + name) as answer:
            content = answer.read().decode()
        for bad in ("https://", "@import", "innerHTML", "eval("):
            assert bad not in content, name
