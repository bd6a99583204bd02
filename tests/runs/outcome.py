"""What comes of a program: everything about it that the tests compare, as JSON has it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np

# How often fetches are run: sequences of random numbers and sums over steps show. A program that
# returns a list of lists has the first one run, then the next, and so on, and all of it again.
STEPS = 2


def families() -> dict[str, dict[str, Callable[[Any], Any]]]:
    """The programs of all modules in this folder, by module name."""
    package = __name__.rpartition(".")[0]
    folder = importlib.import_module(package).__path__  # type: ignore[attr-defined]
    names = [module.name for module in pkgutil.iter_modules(folder) if module.name != "outcome"]
    return {name: importlib.import_module(f"{package}.{name}").RUNS for name in names}


def outcome(tf: Any, build: Callable[[Any], Any]) -> dict[str, Any]:
    """Builds a program in a graph of its own and runs it.

    Returns:
      `error`: the class and first line of an error, where there is one; else `fetches` (name,
      dtype, shape), `variables` (name, dtype, shape), `collections` (names of tensors) and
      `values`, one list for each step.
    """
    with tf.Graph().as_default() as graph:
        try:
            built = build(tf)
            fetches = list(built) if isinstance(built, (list, tuple)) else [built]
            runs = [fetches] * STEPS
            if fetches and isinstance(fetches[0], list):
                runs, fetches = fetches * STEPS, [fetch for run in fetches for fetch in run]
            found = {
                "fetches": [_described(fetch) for fetch in fetches],
                "variables": [_described(v) for v in tf.global_variables() + tf.local_variables()],
                "collections": _collections(tf),
            }
            initialise = [
                tf.global_variables_initializer(),
                tf.local_variables_initializer(),
                tf.tables_initializer(),
            ]
            with tf.Session(graph=graph) as session:
                session.run(initialise)
                found["values"] = [[_plain(v) for v in session.run(run)] for run in runs]
        except Exception as error:  # what is raised is an outcome, too
            return {"error": [type(error).__name__, _first_line(error)]}
    return found


def _first_line(error: Exception) -> str:
    text = getattr(error, "message", None) or str(error)
    return str(text).split("\n")[0]


def _described(fetch: Any) -> list[Any]:
    dtype = getattr(fetch, "dtype", None)
    if dtype is None:  # an Operation
        return [fetch.name, None, None]
    dims = fetch.get_shape()
    return [fetch.name, dtype.name, None if dims.ndims is None else dims.as_list()]


def _collections(tf: Any) -> dict[str, list[str]]:
    """The names of the tensors in each collection, but for what lists variables."""
    return {
        key: [item.name for item in tf.get_collection(key) if isinstance(item, tf.Tensor)]
        for key in sorted(map(str, tf.get_default_graph().get_all_collection_keys()))
        if any(isinstance(item, tf.Tensor) for item in tf.get_collection(key))
    }


def _plain(value: Any) -> Any:
    """A value as JSON has it; floats exactly, bytes as hexadecimal text."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    array = np.asarray(value)
    if array.dtype.kind == "O":
        return {"shape": list(array.shape), "hex": [text.hex() for text in array.ravel().tolist()]}
    return array.astype(np.float64).tolist() if array.dtype.kind == "f" else array.tolist()
