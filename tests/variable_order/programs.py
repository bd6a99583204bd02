"""The table of programs of several readers and writers of one variable.

Each is a small TF1 program that shows one rule of the order in which TensorFlow 1.15 reads and
writes variables. `record` stores what TensorFlow makes of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.variable_order import (
    branches,
    fetches,
    loops,
    reads,
    resources,
    rewrites,
    scripts,
    sessions,
    training,
    writes,
)

MODULES = (
    reads,
    fetches,
    writes,
    branches,
    loops,
    training,
    scripts,
    sessions,
    resources,
    rewrites,
)

PROGRAMS: dict[str, Callable[[Any], Any]] = {}
# Name of a program -> the rule that it shows.
RULES: dict[str, str] = {}

for _module in MODULES:
    for _name, _program in _module.program.programs.items():
        assert _name not in PROGRAMS, _name
        PROGRAMS[_name] = _program
        RULES[_name] = _module.program.rule
