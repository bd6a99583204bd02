"""The sections of docstrings: which there are, in which order, and how their entries stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.programs import ROOT

# In the order in which they come. Doctests stand behind the last, without a heading.
SECTIONS = ("Attributes", "Args", "Returns", "Yields", "Raises", "Source")

# What other styles call them.
OTHER = ("Arguments", "Parameters", "Params", "Return", "Yield", "Raise", "Note", "Example", "See")

# Their entries have names; those of others are prose.
WITH_ENTRIES = ("Attributes", "Args", "Raises")

_HEADING = re.compile(rf"({'|'.join([*SECTIONS, *OTHER])})s?:(?= |$)(.*)")
# One entry may be about several arguments, on more than one line.
_NAMES = re.compile(r"[*\w.]+(, [*\w.]+)*(: |,$)")


def complaints(docstring: str) -> Iterator[str]:
    """What is wrong with the sections of a docstring, each by its line."""
    before = -1
    for heading, text, lines in sections(docstring):
        if heading not in SECTIONS:
            yield f"{heading}: is none of {', '.join(SECTIONS)}"
            continue
        if SECTIONS.index(heading) <= before:
            yield f"{heading}: comes too late"
        before = SECTIONS.index(heading)
        if bool(text) != (heading == "Source"):
            yield f"{heading}: {'begins' if text else 'does not begin'} on the line of its heading"
        yield from (f"{heading}: {line!r}" for line in misplaced(heading, lines))


def sections(docstring: str) -> Iterator[tuple[str, str, list[str]]]:
    """Heading, what stands on its line, and the lines up to the next one or to the doctests."""
    found: list[tuple[str, str, list[str]]] = []
    previous = ""
    for line in docstring.splitlines():
        heading = _HEADING.fullmatch(line)
        if heading is not None and previous == "":
            found.append((heading[1], heading[2], []))
        elif line.startswith(">>> "):
            break
        elif found and line:
            found[-1][2].append(line)
        previous = line
    yield from found


def misplaced(heading: str, lines: list[str]) -> Iterator[str]:
    """Lines that are not indented by two spaces, or by four where they go on with an entry."""
    if heading == "Source":
        # The text began on the line of the heading.
        yield from (line for line in lines if indentation(line) != 2)
        return
    for line in lines:
        if heading not in WITH_ENTRIES:
            if indentation(line) != 2:
                yield line
        elif indentation(line) == 2:
            if _NAMES.match(line.strip()) is None:
                yield line
        elif indentation(line) != 4 or line is lines[0]:
            yield line


def indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def docstrings() -> Iterator[tuple[str, str]]:
    """The docstrings of the tree, each with its place."""
    for folder in ("tfsession", "kernels", "tests", "benchmarks", "docs", "examples"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name.endswith("_pb2.py"):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                    text = ast.get_docstring(node)
                    if text is not None:
                        yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}", text


def test_sections_of_docstrings_have_one_style():
    found = list(docstrings())
    assert len(found) > 4000
    assert [f"{place}: {text}" for place, doc in found for text in complaints(doc)] == []


GOOD = """What it is.

Args:
  x: a number that takes
    two lines.
  *more: others.

Returns:
  Something
  long.

Raises:
  ValueError: it is wrong.

Source: a paper
  of two lines.

>>> 1 + 1
2
"""


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("Args:", "Arguments:"),
        ("Args:", "Parameters:"),
        ("Args:\n", "Args: numbers\n"),
        ("  x: a", "    x: a"),
        ("    two", "  two lines"),
        ("    two", "   two"),
        ("  long.", "    long."),
        ("Source: a paper", "Source:\n  a paper"),
        ("  of two", "of two"),
        (">>> 1 + 1", "Example:\n  >>> 1 + 1"),
        ("\nRaises:", "\nReturns:\n  More.\n\nRaises:"),
        ("Source: a", "Args:\n  y: another.\n\nSource: a"),
        ("Returns:", "Yields:\n  It.\n\nReturns:"),
    ],
)
def test_other_styles_are_found(part, other):
    assert list(complaints(GOOD)) == []
    assert GOOD.count(part) == 1
    assert list(complaints(GOOD.replace(part, other))) != []
