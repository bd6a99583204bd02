"""Modules that comments, docstrings and documents name are there."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.programs import ROOT

FOLDERS = ("tfsession", "kernels", "tests", "benchmarks", "docs", "examples")

FILES = {
    str(path.relative_to(ROOT)) for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")
}

# Files of users, of Python and of protoc, as they come in explanations.
OTHERS = {"train.py", "SCRIPT.py", "file.py", "runpy.py", "_pb2.py"}

_FILE = re.compile(r"(?<![\w/.])[\w/.]*\w\.py\b")
_MODULE = re.compile(r"(?<![\w.])tfsession((?:\.[a-z_]\w*)+)")


def is_there(name: str) -> bool:
    """Whether a file of the tree has this name, or ends with it."""
    return name in OTHERS or any(path == name or path.endswith(f"/{name}") for path in FILES)


def is_module(dotted: str) -> bool:
    """Whether a name below the package is a module, or is in one that is there."""
    parts = dotted.strip(".").split(".")
    first = ROOT / "tfsession" / parts[0]
    if len(parts) == 1 or not first.is_dir():
        return True
    if parts[0] in ("core", "python", "contrib", "examples", "kernels"):
        return True  # TensorFlow's own paths, which tables make; kernels lie elsewhere
    return (first / parts[1]).is_dir() or (first / f"{parts[1]}.py").exists()


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The comments and the docstrings of a module, with their lines."""
    source = path.read_text()
    before = tokenize.INDENT
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        stands_alone = before in (tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE, tokenize.NL)
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
        elif token.type == tokenize.STRING and stands_alone:
            yield token.start[0], token.string
        before = token.type if token.type != tokenize.COMMENT else before


def stale(text: str) -> list[str]:
    """The names in a text that stand for nothing; what it says of TensorFlow is not asked."""
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        if "TensorFlow" not in paragraph:
            found += [name for name in _FILE.findall(paragraph) if not is_there(name)]
        found += [f"tfsession{name}" for name in _MODULE.findall(paragraph) if not is_module(name)]
    return found


def test_comments_and_docstrings_name_modules_that_exist():
    modules = [ROOT / name for name in FILES if name.startswith(("tfsession/", "kernels/"))]
    named = {
        f"{path.relative_to(ROOT)}:{line}": names
        for path in modules
        if not path.name.endswith("_pb2.py")
        for line, text in texts(path)
        if (names := stale(text))
    }
    assert named == {}


def test_documents_name_modules_that_exist():
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    assert {path.name: names for path in documents if (names := stale(path.read_text()))} == {}


def test_a_stale_name_is_found(tmp_path):
    module = tmp_path / "module.py"
    module.write_text(
        '"""See run/options.py, and runs/options.py."""\n'
        'FILE = "somewhere.py"\n'
        "# As tfsession.run.options has it, tfsession.run.choices and TensorFlow's ops.py.\n"
    )
    found = [name for _, text in texts(module) for name in stale(text)]
    assert found == ["runs/options.py", "tfsession.run.choices"]
