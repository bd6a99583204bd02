"""What the tables of rules have in common: a rule, and the tests and mistakes that show it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.mistakes.record import Mistake

HERE = Path(__file__).parent


@functools.cache
def functions_of(module: str) -> frozenset[str]:
    """The functions of tests/test_<module>.py."""
    tree = ast.parse((HERE / f"test_{module}.py").read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def unknown_tests(references: Iterable[str]) -> list[str]:
    """Of references `module:function`, those to tests that are not there."""
    found = []
    for reference in references:
        module, _, function = reference.partition(":")
        if function not in functions_of(module):
            found.append(reference)
    return found


def names_of_mistakes(rule: str, mistakes: Mapping[str, Mistake]) -> list[str]:
    """The mistakes that show a rule, by class, text, operation, and what runs afterwards."""
    return [name for name, mistake in mistakes.items() if mistake.rule == rule]


def unknown_rules(rules: Iterable[str], mistakes: Mapping[str, Mistake]) -> list[str]:
    """Rules that mistakes name and the table does not."""
    return sorted({mistake.rule for mistake in mistakes.values()} - set(rules))
