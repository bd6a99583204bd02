"""Tables of programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Table:
    """The programs that show one rule, by name; decorates a function to add it.

    A program takes the module of TensorFlow or tfsession and builds a graph in the default one. It
    returns what to fetch in one run after another, or a function that takes a session, runs, and
    returns the values. The variables are initialised before, and read after.

    Args:
      rule: the rule, a sentence.
    """

    def __init__(self, rule: str) -> None:
        self.rule = rule
        self.programs: dict[str, Callable[[Any], Any]] = {}

    def __call__(self, program: Callable[[Any], Any]) -> Callable[[Any], Any]:
        self.add(program.__name__, program)
        return program

    def add(self, name: str, program: Callable[[Any], Any]) -> None:
        """Adds a program of a family that one function builds."""
        assert name not in self.programs, name
        self.programs[name] = program
