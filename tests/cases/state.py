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


def _read(read: Callable[..., Any]) -> Callable[..., Any]:
    """A resource variable initialised by the first input; what `read` finds in it."""

    def build(tf: Any, x: Any) -> Any:
        variable = tf.Variable(x, use_resource=True)
        with tf.control_dependencies([variable.initializer]):
            return tf.identity(read(tf, variable))

    return build


def _shared_handle(tf: Any, x: Any) -> Any:
    """Two handles of one name are one variable."""
    first, second = (
        tf.raw_ops.VarHandleOp(dtype=x.dtype, shape=x.shape, shared_name="shared") for _ in range(2)
    )
    assigned = tf.raw_ops.AssignVariableOp(resource=first, value=x)
    with tf.control_dependencies([assigned]):
        return tf.raw_ops.ReadVariableOp(resource=second, dtype=x.dtype)


def _destroyed(tf: Any, x: Any) -> list[Any]:
    """Whether a variable has a value before and after it is destroyed."""
    handle = tf.raw_ops.VarHandleOp(dtype=x.dtype, shape=x.shape, shared_name="destroyed")
    with tf.control_dependencies([tf.raw_ops.AssignVariableOp(resource=handle, value=x)]):
        before = tf.raw_ops.VarIsInitializedOp(resource=handle)
    with (
        tf.control_dependencies([before]),
        tf.control_dependencies([tf.raw_ops.DestroyResourceOp(resource=handle)]),
    ):
        return [before, tf.raw_ops.VarIsInitializedOp(resource=handle)]


def _first_variable_op(tf: Any, x: Any) -> Any:
    reference = tf.raw_ops.Variable(dtype=x.dtype, shape=x.shape)
    return tf.identity(tf.assign(reference, x))


def _counted(use_resource: bool) -> Callable[..., Any]:
    """Two counts of one variable, and what it is then."""

    def build(tf: Any, x: Any) -> list[Any]:
        variable = tf.Variable(x, use_resource=use_resource)
        with tf.control_dependencies([variable.initializer]):
            first = tf.count_up_to(variable, 100)
        with tf.control_dependencies([first]):
            second = tf.count_up_to(variable, 100)
        with tf.control_dependencies([second]):
            return [first, second, variable.read_value()]

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


def _last_points(x: np.ndarray, updates: np.ndarray) -> np.ndarray:
    result = x.copy()
    result[[3, 0, 2], [1, 0, 1]] = updates
    return result


def _reversed_slice(x: np.ndarray, value: np.ndarray) -> np.ndarray:
    result = x.copy()
    result[::-2, None, 1:] = value
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
    _case("ScatterNdUpdate",
          _reference(lambda tf, v, y: tf.scatter_nd_update(v, [[3, 1], [0, 0], [2, 1]], y)),
          normal((4, 2, 3), (3, 3)), WIDE, _last_points),
    _case("ResourceScatterNdUpdate",
          _resource(lambda tf, v, y: tf.raw_ops.ResourceScatterNdUpdate(
              ref=v.handle, indices=[[3, 1], [0, 0], [2, 1]], updates=y)),
          normal((4, 2, 3), (3, 3)), WIDE, _last_points),
    _case("StridedSliceAssign",
          _reference(lambda tf, v, y: v[::-2, None, 1:].assign(y)),
          normal((4, 3, 2), (2, 1, 2, 2)), WIDE, _reversed_slice),
    _case("ResourceStridedSliceAssign",
          _resource(lambda tf, v, y: v[::-2, None, 1:].assign(y).op),
          normal((4, 3, 2), (2, 1, 2, 2)), WIDE, _reversed_slice),
    *(
        _case(f"ResourceScatterNd{word}", _resource_scatter_nd(word), normal((4, 2, 3), (3, 3)),
              WIDE, _accumulated(_UFUNCS[word], _POINT_INDEX))
        for word in ("Add", "Sub")
    ),
    _case("Variable", _first_variable_op, normal((2, 3)), WIDE, lambda x: x),
    _case("VarHandleOp", _shared_handle, normal((2, 3)), WIDE, lambda x: x),
    _case("ReadVariableOp", _read(lambda tf, v: v.read_value()), normal((2, 3)), WIDE,
          lambda x: x),
    _case("VarIsInitializedOp",
          _read(lambda tf, v: tf.raw_ops.VarIsInitializedOp(resource=v.handle)), normal((2,)),
          ("float32",), lambda x: np.bool_(True)),
    _case("VariableShape", _read(lambda tf, v: tf.raw_ops.VariableShape(input=v.handle)),
          normal((2, 0, 3)), WIDE, lambda x: np.array(x.shape, np.int32)),
    _case("DestroyResourceOp", _destroyed, normal((2,)), ("float32",),
          lambda x: [np.bool_(True), np.bool_(False)]),
    _case("ResourceGather", _read(lambda tf, v: v.sparse_read([[3, 0], [3, 1]])),
          normal((4, 2)), WIDE, lambda x: x[[[3, 0], [3, 1]]]),
    _case("ResourceGatherNd", _read(lambda tf, v: v.gather_nd(POINTS)), normal((4, 2, 3)), WIDE,
          lambda x: x[_POINT_INDEX]),
    *(
        _case(op, _counted(op.startswith("Resource")), lambda rng, dtype: [np.asarray(7, dtype)],
              ("int32", "int64"), lambda x: [x, x + x.dtype.type(1), x + x.dtype.type(2)])
        for op in ("CountUpTo", "ResourceCountUpTo")
    ),
]  # fmt: skip
