"""One Chinese term for one thing: docs/glossary.md, held against every Chinese text."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.host.micropython import ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
FORMER = ROOT / "agent" / "linux" / "commissioning" / "earlier_words.py"  # is said no more
_FOLDERS = ("agent", "board", "docs", "provisioning", "simulators")
_KINDS = {".py", ".js", ".html", ".css", ".json", ".md"}
_CHINESE = re.compile("[\u4e00-\u9fff]")


def rows() -> list[tuple[list[str], list[str]]]:
    """(terms, variants that are not used) of each row."""
    table = [line for line in GLOSSARY.read_text(encoding="utf-8").splitlines()
             if line.startswith("|")][2:]  # fmt: skip
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return [(_words(terms), _words(variants)) for _, terms, variants in cells]


def _words(cell: str) -> list[str]:
    return [word for word in cell.split("、") if word]


def texts() -> Iterator[tuple[str, str]]:
    """(where, text) of all that is told in Chinese."""
    pages = [ROOT / "flash.py", ROOT / "README.md"]
    for folder in _FOLDERS:
        pages += [page for page in (ROOT / folder).rglob("*") if page.suffix in _KINDS]
    for page in sorted(pages):
        text = page.read_text(encoding="utf-8")
        if page in (GLOSSARY, FORMER) or not _CHINESE.search(text):
            continue
        if page.suffix == ".py":
            # Strings that the source breaks over lines, as one.
            nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
            told = [(node.lineno, node.value) for node in nodes if isinstance(node.value, str)]
        else:
            told = list(enumerate(text.splitlines(), 1))
        for line, said in told:
            if _CHINESE.search(said):
                yield f"{page.relative_to(ROOT)}:{line}", said


def unwanted(text: str, table: list[tuple[list[str], list[str]]]) -> list[str]:
    """The variants that a text uses: those that are left once its terms are taken out."""
    for term in sorted((term for terms, _ in table for term in terms), key=len, reverse=True):
        text = text.replace(term, " ")
    return [word for _, variants in table for word in variants if word in text]


def test_every_chinese_text_follows_the_glossary() -> None:
    table, told = rows(), list(texts())
    assert len(table) > 30 and len(told) > 900
    found = [(where, said, words) for where, said in told if (words := unwanted(said, table))]
    assert found == []


def test_the_glossary_is_of_one_mind() -> None:
    """No variant is itself a term, and each term is one that is used."""
    table = rows()
    terms = [term for words, _ in table for term in words]
    assert len(terms) == len(set(terms))
    assert not set(terms) & {word for _, words in table for word in words}
    told = "".join(said for _, said in texts())
    assert [term for term in terms if term not in told] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [("请检查设置", ["设置"]), ("日志已满", ["日志"]), ("本地存储已满，见运行日志", []),
     ("存储盘和存储介质", []), ("清空存储", ["存储"]), ("两根杆，一根灯杆", ["杆"])],
)  # fmt: skip
def test_a_variant_is_found_beside_its_term(text: str, words: list[str]) -> None:
    assert unwanted(text, rows()) == words
