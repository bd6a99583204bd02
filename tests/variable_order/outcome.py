"""What a program gives: the values of its runs, and its variables at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

# Two outcomes are the same where all numbers are within these.
RELATIVE, ABSOLUTE = 1e-4, 1e-6


def plain(value: Any) -> Any:
    """A fetched value as lists, numbers, booleans, text and None."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode()
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    return float(f"{value:.6g}") if isinstance(value, float) else value


def same(a: Any, b: Any) -> bool:
    """Whether two plain values have one structure and the same numbers, within the tolerance."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(a[k], b[k]) for k in range(len(a)))
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return bool(np.isclose(a, b, RELATIVE, ABSOLUTE, equal_nan=True))
    return bool(a == b)


def _runs(tf: Any, session: Any, steps: Any) -> Any:
    """The values of all runs; an error ends those of a function, and one of a list."""
    if callable(steps):
        try:
            return plain(steps(session))
        except tf.errors.OpError as error:
            return [type(error).__name__]
    values = []
    for fetches in steps:
        try:
            values.append(plain(session.run(fetches)))
        except tf.errors.OpError as error:
            values.append(type(error).__name__)
    return values


def built(tf: Any, program: Callable[[Any], Any]) -> Any:
    """Builds a program in the default graph; returns what `outcome` takes."""
    steps = program(tf)
    variables = tf.global_variables() + tf.local_variables()
    initialise = [tf.global_variables_initializer(), tf.local_variables_initializer()]
    return steps, initialise, {variable.op.name: variable for variable in variables}


def outcome(tf: Any, session: Any, program: Any) -> Any:
    """Runs what `built` returned; may be called again, in the same session or in another."""
    steps, initialise, variables = program
    session.run(initialise)
    runs = _runs(tf, session, steps)
    return {"runs": runs, "variables": plain(session.run(variables))}
