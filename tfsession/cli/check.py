"""`tfsession check`: which names of TensorFlow a program uses and tfsession lacks. Nothing runs.

`--json` prints `{"schema": 1, "files": how many, "names": how many are used, "missing": [{"file",
"line", "name", "advice", "guarded"}], "unreadable": [{"file", "line", "problem"}]}`; `guarded` is
true where a `try` catches that the name is missing.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType

from rich.console import Console

import tfsession
from tfsession.names import absent, old

SCHEMA = 1

ROOTS = ("tensorflow", "tfsession")

# What a `try` catches where a program can do without a name.
_GUARDS = {"AttributeError", "ImportError", "ModuleNotFoundError", "Exception", "BaseException"}

# Folders that hold nothing of a project's own.
_FOREIGN = {"__pycache__", "build", "dist", "node_modules", "site-packages", "venv"}


@dataclass(frozen=True)
class Use:
    """A place that uses a name of TensorFlow, given in full: `tensorflow.train.Saver`."""

    line: int
    name: str
    guarded: bool


@dataclass(frozen=True)
class Missing:
    """A name that tfsession lacks, where it is used, and what to do instead."""

    file: str
    line: int
    name: str
    advice: str
    guarded: bool


@dataclass(frozen=True)
class Unreadable:
    """A file that Python 3 cannot read."""

    file: str
    line: int
    problem: str


@dataclass(frozen=True)
class Report:
    """What was found in files."""

    files: int
    names: int
    missing: list[Missing]
    unreadable: list[Unreadable]


# ---- What a file uses ----


class _Uses(ast.NodeVisitor):
    """Collects the uses of names in a module, whatever they are imported as."""

    def __init__(self, tree: ast.Module) -> None:
        self.found: list[Use] = []
        self._guarded = False
        #: Name in the module -> name in full.
        self._known: dict[str, str] = {}
        nodes = sorted(ast.walk(tree), key=lambda node: getattr(node, "lineno", 0))
        for node in nodes:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self._known.update(_bound(node))
        self._add_other_names(nodes)
        self.visit(tree)

    def _add_other_names(self, nodes: Sequence[ast.AST]) -> None:
        """`slim = tf.contrib.slim`: a name that is given nothing else stands for it."""
        given: dict[str, list[str | None]] = {}
        values: dict[int, ast.expr] = {}
        for node in nodes:
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                values[id(node.targets[0])] = node.value
            elif isinstance(node, ast.arg):
                given.setdefault(node.arg, []).append(None)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                value = values.get(id(node))
                given.setdefault(node.id, []).append(self._full(value) if value else None)
        for name, meanings in given.items():
            if len(set(meanings)) == 1 and meanings[0] is not None:
                self._known.setdefault(name, meanings[0])

    def _full(self, node: ast.expr) -> str | None:
        """The name in full of an expression like `tf.train.Saver`."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        root = self._known.get(node.id) if isinstance(node, ast.Name) else None
        return ".".join([root, *reversed(parts)]) if root else None

    def _add(self, node: ast.AST, name: str) -> None:
        self.found.append(Use(getattr(node, "lineno", 0), name, self._guarded))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        name = self._full(node)
        if name is None:
            self.generic_visit(node)
        else:
            self._add(node, name)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.name.split(".")[0] in ROOTS:
                self._add(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for name in _bound(node).values():
            self._add(node, name)

    def visit_Try(self, node: ast.Try) -> None:
        outer, self._guarded = self._guarded, self._guarded or any(map(_guards, node.handlers))
        for statement in node.body:
            self.visit(statement)
        self._guarded = outer
        for handler in node.handlers:
            self.visit(handler)
        for statement in [*node.orelse, *node.finalbody]:
            self.visit(statement)


def _bound(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """The names that an import of TensorFlow gives to a module, with what they stand for."""
    bound: dict[str, str] = {}
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            full = f"{node.module}.{alias.name}"
            if node.level or alias.name == "*" or full.split(".")[0] not in ROOTS:
                continue
            bound[alias.asname or alias.name] = full
        elif alias.name.split(".")[0] in ROOTS:
            root = alias.name.split(".")[0]
            bound[alias.asname or root] = alias.name if alias.asname else root
    return bound


def _guards(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in _GUARDS for kind in caught)


# ---- What tfsession has ----


def advice_on(name: str) -> str:
    """What to do about a name that tfsession lacks; nothing where it has the name.

    Args:
      name: in full, `tensorflow.train.Saver`.
    """
    here: object = tfsession
    _, *parts = name.replace(".compat.v1", "", 1).split(".")
    for part in parts:
        if isinstance(here, ModuleType):
            inner = _inside(here, part)
        elif isinstance(here, type) and here.__module__.startswith("tfsession"):
            inner = getattr(here, part, None) or here.__dict__.get(part, _NOWHERE)
        else:
            return ""
        if inner is _NOWHERE:
            return _advice(here, part)
        here = inner
    return ""


_NOWHERE = object()


def _inside(module: ModuleType, name: str) -> object:
    if old.today(module.__name__, name):
        return None
    try:
        return getattr(module, name)
    except AttributeError:
        pass
    try:
        return importlib.import_module(f"{module.__name__}.{name}")
    except ModuleNotFoundError:
        return _NOWHERE


def _advice(here: object, name: str) -> str:
    if isinstance(here, ModuleType):
        known = [one for one in dir(here) if not one.startswith("_")]
        text = absent.hint(here.__name__, name, known).removeprefix("; ")
    else:
        text = ""
    return text or "neither tfsession nor TensorFlow 1.15's public interface has it"


# ---- Files ----


def check(paths: Sequence[str]) -> Report:
    """Reads programs and says what tfsession lacks of what they use.

    Args:
      paths: files, and folders whose Python files are all read.

    Raises:
      OSError: one of them cannot be read.
    """
    missing: list[Missing] = []
    unreadable: list[Unreadable] = []
    advice: dict[str, str] = {}
    files = [file for path in paths for file in _files(path)]
    for file in files:
        try:
            uses = _uses(file)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 0
            unreadable.append(Unreadable(file, line, str(getattr(error, "msg", error))))
            continue
        for use in uses:
            if use.name not in advice:
                advice[use.name] = advice_on(use.name)
            if advice[use.name]:
                shown = _shown(use.name)
                missing.append(Missing(file, use.line, shown, advice[use.name], use.guarded))
    return Report(len(files), len(advice), missing, unreadable)


def _uses(file: str) -> list[Use]:
    with tokenize.open(file) as text:
        tree = ast.parse(text.read(), file)
    return sorted(_Uses(tree).found, key=lambda use: use.line)


def _files(path: str) -> Iterator[str]:
    if not os.path.isdir(path):
        with open(path, "rb"):
            yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(f for f in folders if f not in _FOREIGN and not f.startswith("."))
        yield from (str(Path(folder, name)) for name in sorted(names) if name.endswith(".py"))


def _shown(name: str) -> str:
    """A name as programs write it."""
    _, _, below = name.partition(".")
    return "tf." + below.removeprefix("compat.v1.") if below else name


def show_check(console: Console, paths: Sequence[str], as_json: bool) -> int:
    """Prints what programs use and tfsession lacks.

    Returns:
      The exit code: 0 where nothing is missing, 1 where something is, 2 where a file cannot be
      opened.
    """
    try:
        report = check(paths)
    except OSError as error:
        _print(console, f"tfsession check: {error.filename}: {error.strerror}")
        return 2
    if as_json:
        console.print_json(json.dumps({"schema": SCHEMA, **asdict(report)}))
    else:
        for line in _lines(report):
            _print(console, line)
    return int(bool(report.unreadable) or any(not one.guarded for one in report.missing))


def _print(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _lines(report: Report) -> Iterator[str]:
    for problem in report.unreadable:
        yield f"{problem.file}:{problem.line}: Python 3 cannot read it: {problem.problem}"
    for one in report.missing:
        guard = " (a try catches it)" if one.guarded else ""
        yield f"{one.file}:{one.line}: {one.name}{guard}: {one.advice}"
    lacking = len({one.name for one in report.missing})
    yield (
        f"{report.files} files use {report.names} names of TensorFlow; tfsession lacks "
        f"{lacking or 'none'} of them"
    )
