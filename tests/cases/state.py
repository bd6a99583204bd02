"""Records of the ops on variables: a variable starts with the first input, an op changes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.record import Case, normal, positive

WIDE = ("float32", "float64", "int32")


def _reference(change: Callable[..., Any]) -> Callable[..., Any]:
    """A reference variable initialised by the first input, then changed, then read."""

    def build(tf: Any, x: Any, *others: Any) -> Any:
        variable = tf.Variable(x, use_resource=False)
        with tf.control_dependencies([variable.initializer]):
            changed = change(tf, variable, *others)
            return tf.identity(changed)

    return build


def _resource(change: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a resource variable; `change` returns the Operation."""

    def build(tf: Any, x: Any, *others: Any) -> Any:
        variable = tf.Variable(x, use_resource=True)
        with (
            tf.control_dependencies([variable.initializer]),
            tf.control_dependencies([change(tf, variable, *others)]),
        ):
            return variable.read_value()

    return build


ROWS = [3, 0, 3, 1]
POINTS = [[3, 1], [0, 0], [3, 1]]


def _accumulated(function: Any, where: Any) -> Callable[..., Any]:
    def expected(x: np.ndarray, updates: np.ndarray) -> np.ndarray:
        result = x.copy()
        function.at(result, where, updates)
        return result

    return expected


def _last(x: np.ndarray, updates: np.ndarray) -> np.ndarray:
    result = x.copy()
    for row, update in zip([3, 0, 2, 1], updates, strict=True):
        result[row] = update
    return result


def _scatter(word: str, rows: list[int]) -> Callable[..., Any]:
    return _reference(
        lambda tf, v, updates: getattr(tf, f"scatter_{word.lower()}")(v, rows, updates)
    )


def _resource_scatter(word: str, rows: list[int]) -> Callable[..., Any]:
    def change(tf: Any, variable: Any, updates: Any) -> Any:
        op = getattr(tf.raw_ops, f"ResourceScatter{word}")
        return op(resource=variable.handle, indices=rows, updates=updates)

    return _resource(change)


def _resource_scatter_nd(word: str) -> Callable[..., Any]:
    def change(tf: Any, variable: Any, updates: Any) -> Any:
        op = getattr(tf.raw_ops, f"ResourceScatterNd{word}")
        return op(ref=variable.handle, indices=POINTS, updates=updates)

    return _resource(change)


def _case(op: str, build: Any, inputs: Any, dtypes: tuple[str, ...], expected: Any) -> Case:
    return Case(op, "", build, inputs, dtypes, expected, gradient=False, unknown=False)


_UFUNCS = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
    "Min": np.minimum,
    "Max": np.maximum,
}
_POINT_INDEX = tuple(np.array(POINTS).T)

CASES = [
    _case("Assign", _reference(lambda tf, v, y: tf.assign(v, y)), normal((2, 3), (2, 3)), WIDE,
          lambda x, y: y),
    _case("AssignAdd", _reference(lambda tf, v, y: tf.assign_add(v, y)), normal((2, 3), (2, 3)),
          WIDE, np.add),
    _case("AssignSub", _reference(lambda tf, v, y: tf.assign_sub(v, y)), normal((2, 3), (2, 3)),
          WIDE, np.subtract),
    _case("VariableV2", _reference(lambda tf, v: v.read_value()), normal((2, 3)), WIDE,
          lambda x: x),
    _case("IsVariableInitialized", _reference(lambda tf, v: tf.is_variable_initialized(v)),
          normal((2,)), ("float32",), lambda x: np.bool_(True)),
    _case("AssignVariableOp", _resource(lambda tf, v, y: v.assign(y, read_value=False)),
          normal((2, 3), (2, 3)), WIDE, lambda x, y: y),
    _case("AssignAddVariableOp", _resource(lambda tf, v, y: v.assign_add(y, read_value=False)),
          normal((2, 3), (2, 3)), WIDE, np.add),
    _case("AssignSubVariableOp", _resource(lambda tf, v, y: v.assign_sub(y, read_value=False)),
          normal((2, 3), (2, 3)), WIDE, np.subtract),
    *(
        _case(f"Scatter{word}", _scatter(word, ROWS), positive((4, 2), (4, 2)),
              ("float32", "float64"), _accumulated(ufunc, ROWS))
        for word, ufunc in _UFUNCS.items()
    ),
    *(
        _case(f"ResourceScatter{word}", _resource_scatter(word, ROWS), positive((4, 2), (4, 2)),
              ("float32", "float64"), _accumulated(ufunc, ROWS))
        for word, ufunc in _UFUNCS.items()
    ),
    _case("ScatterUpdate", _scatter("Update", [3, 0, 2, 1]), normal((4, 2), (4, 2)), WIDE, _last),
    _case("ResourceScatterUpdate", _resource_scatter("Update", [3, 0, 2, 1]),
          normal((4, 2), (4, 2)), WIDE, _last),
    *(
        _case(f"ScatterNd{word}",
              _reference(lambda tf, v, y, word=word: getattr(tf, f"scatter_nd_{word.lower()}")(
                  v, POINTS, y)),
              normal((4, 2, 3), (3, 3)), WIDE, _accumulated(_UFUNCS[word], _POINT_INDEX))
        for word in ("Add", "Sub")
    ),
    *(
        _case(f"ResourceScatterNd{word}", _resource_scatter_nd(word), normal((4, 2, 3), (3, 3)),
              WIDE, _accumulated(_UFUNCS[word], _POINT_INDEX))
        for word in ("Add", "Sub")
    ),
]  # fmt: skip
