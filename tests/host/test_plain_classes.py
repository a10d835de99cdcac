"""What the build takes from the classes of boards: under the real interpreter."""

import subprocess

from provisioning.plain_classes import plain_classes
from tests.host.micropython import interpreter

SOURCE = '''
class Base:
    """A text."""
    word = "said"
    def __init__(self):
        self.number = 7
class Other(Base):
    def __init__(self):
        super().__init__()
        self.more = self.word
class Wrong(Exception):
    pass
'''
USE = """
print(sorted(Base.__dict__), Other().number, Other().more, Base.__name__, isinstance(Other(), Base))
try:
    raise Wrong("how")
except Wrong as error:
    print(repr(error))
"""


def test_a_class_is_what_it_was_but_for_two_names() -> None:
    done = subprocess.run(
        [interpreter(), "-c", plain_classes(SOURCE) + USE], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "['__init__', 'word'] 7 said Base True",
        "Wrong('how',)",
    ], done.stderr
