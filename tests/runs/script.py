"""Programs of Python functions in graphs, of sorting and of switch_case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[[Any], Any]

NUMBERS = np.float32([[3, 1, 2], [5, 4, 9]])


def _call(func: Callable[..., Any], inputs: Any, types: str, **named: Any) -> Build:
    """A call of a function; dtypes are given by name, a single one without a comma."""

    def build(tf: Any) -> Any:
        names = [name for name in types.split(",") if name]
        dtypes = [tf.as_dtype(name) for name in names]
        Tout = dtypes[0] if len(names) == 1 and "," not in types else dtypes
        return tf.py_func(func, [tf.constant(value) for value in inputs], Tout, **named)

    return build


def _fails(error: Exception) -> Callable[..., Any]:
    def function(*arguments: Any) -> Any:
        raise error

    return function


def _gradient(tf: Any) -> Any:
    x = tf.constant([1.0, 2.0])
    (dx,) = tf.gradients(tf.py_function(lambda a: a * a * 3.0, [x], tf.float32), x)
    return tf.identity(dx, name="dx")


def _overridden(tf: Any) -> Any:
    name = "GradientOf_tests_runs_script"

    @tf.RegisterGradient(f"{name}{id(tf.get_default_graph())}")
    def gradient(op: Any, dy: Any) -> Any:
        return dy * 5.0

    x = tf.constant([1.0, 2.0])
    graph = tf.get_default_graph()
    with graph.gradient_override_map({"PyFunc": f"{name}{id(graph)}"}):
        y = tf.py_func(lambda a: a * 2, [x], tf.float32)
    y.set_shape([2])
    (dx,) = tf.gradients(y, x)
    return [y, tf.identity(dx, name="dx")]


def _switch(index: Any, branches: Any, **named: Any) -> Build:
    def build(tf: Any) -> Any:
        made = branches(tf) if callable(branches) else branches
        return tf.switch_case(tf.constant(index) if index is not None else 1, made, **named)

    return build


def _three(tf: Any) -> list[Any]:
    return [lambda value=value: tf.constant(value) for value in (1.0, 2.0, 3.0)]


def _switch_gradient(tf: Any) -> Any:
    x = tf.constant(3.0)
    y = tf.switch_case(tf.constant(1), [lambda: x, lambda: x * x, lambda: x * 5.0])
    (dx,) = tf.gradients(y, x)
    return [y, tf.identity(dx, name="dx")]


RUNS: dict[str, Build] = {
    "one": _call(lambda a: a * 2, [NUMBERS], "float32"),
    "two": _call(lambda a: (a * 2, a), [NUMBERS], "float32,float32", name="my"),
    "none": _call(lambda a: None, [NUMBERS], ","),
    "stateless": _call(lambda a: a + 1, [NUMBERS], "float32", stateful=False),
    "dtype": _call(lambda a: a.astype("d"), [NUMBERS], "float32"),
    "half": _call(lambda: np.float16(2), [], "float16"),
    "count": _call(lambda: [1, 2], [], "int64"),
    "too_few": _call(lambda: 1, [], "int64,int64"),
    "nothing": _call(lambda: None, [], "int64"),
    "text": _call(lambda: "abé", [], "string"),
    "texts": _call(lambda: np.array(["abc", "d"]), [], "string"),
    "objects": _call(lambda: np.array(["abc", b"d"], object), [], "string"),
    "not_text": _call(lambda: np.array([1, "a"], object), [], "string"),
    "scalar_text": _call(lambda a: a + b"!", [b"ab"], "string"),
    "scalar": _call(lambda a: type(a).__name__, [np.float32(1)], "string"),
    "array_of_texts": _call(lambda a: str(a.dtype), [[b"ab"]], "string"),
    "python_float": _call(lambda: 1.5, [], "float64"),
    "python_bool": _call(lambda: True, [], "bool"),
    "list_of_one": _call(lambda: [[1, 2]], [], "int64,"),
    "empty": _call(lambda: np.zeros((0, 3), np.float32), [], "float32"),
    "complex": _call(lambda: np.complex64(1 + 2j).imag, [], "float32"),
    "not_callable": _call(3, [NUMBERS], "float32"),  # type: ignore[arg-type]
    "not_a_list": lambda tf: tf.py_func(lambda a: a, tf.constant(1.0), tf.float32),
    **{
        f"raises-{type(error).__name__}": _call(_fails(error), [NUMBERS], "float32")
        for error in (
            ValueError("bad"),
            TypeError("bad"),
            ZeroDivisionError("bad"),
            StopIteration("bad"),
            NotImplementedError("bad"),
            MemoryError("bad"),
            KeyError("bad"),
            RuntimeError("bad"),
        )
    },
    "numpy_function": lambda tf: tf.numpy_function(lambda a: a * a, [NUMBERS], tf.float32),
    "overridden": _overridden,
    "py_function": lambda tf: tf.py_function(lambda a: a * 2 + 1, [NUMBERS], tf.float32),
    "py_function-numpy": lambda tf: tf.py_function(
        lambda a: (a * 2).numpy() + 1, [NUMBERS], tf.float32
    ),
    "py_function-two": lambda tf: tf.py_function(lambda a: [a, a], [NUMBERS], [tf.float32] * 2),
    "py_function-none": lambda tf: tf.py_function(lambda a: None, [NUMBERS], []),
    "py_function-gradient": _gradient,
    **{
        f"sort-{kind}": lambda tf, named=named: [
            tf.sort(tf.constant(NUMBERS), **named),
            tf.argsort(tf.constant(NUMBERS), **named),
        ]
        for kind, named in {
            "plain": {},
            "down": {"direction": "DESCENDING"},
            "rows": {"axis": 0},
            "rows_down": {"axis": 0, "direction": "DESCENDING", "name": "my"},
            "first": {"axis": -2},
            "direction": {"direction": "UP"},
            "no_axis": {"axis": None},
        }.items()
    },
    "sort-inf": lambda tf: tf.sort(tf.constant([3.0, np.inf, 1.0, -np.inf])),
    "sort-ties": lambda tf: tf.argsort(tf.constant([3.0, 1.0, 2.0, 1.0]), stable=True),
    "sort-unknown": lambda tf: tf.sort(tf.placeholder_with_default(NUMBERS, None), axis=0),
    "sort-unknown_last": lambda tf: tf.argsort(tf.placeholder_with_default(NUMBERS, None)),
    "sort-empty": lambda tf: tf.sort(np.zeros((0, 3), np.float32)),
    "sort-half": lambda tf: tf.sort(np.float16([3, 1, 2])),
    "sort-long": lambda tf: tf.sort(np.int64([2**40, -1, 2**41])),
    "switch-1": lambda tf: tf.identity(_switch(1, _three)(tf), name="y"),
    "switch-2": lambda tf: tf.identity(_switch(2, _three)(tf), name="y"),
    "switch-beyond": lambda tf: tf.identity(_switch(7, _three)(tf), name="y"),
    "switch-negative": lambda tf: tf.identity(_switch(-1, _three)(tf), name="y"),
    "switch-pairs": _switch(1, lambda tf: [(1, _three(tf)[0]), (0, _three(tf)[2])]),
    "switch-default": lambda tf: tf.switch_case(
        tf.constant(7), dict(enumerate(_three(tf))), default=lambda: tf.constant(9.0)
    ),
    "switch-structure": lambda tf: tf.switch_case(
        tf.constant(1), [lambda: [tf.constant(1), tf.constant(2.0)]] * 2, name="sw"
    ),
    "switch-gaps": _switch(1, lambda tf: {0: _three(tf)[0], 5: _three(tf)[1]}),
    "switch-float": _switch(1.0, _three),
    "switch-python": _switch(None, _three),
    "switch-number": _switch(1, 3),
    "switch-none": _switch(1, []),
    "switch-no_function": _switch(1, [1.0]),
    "switch-key": _switch(1, lambda tf: {"a": _three(tf)[0]}),
    "switch-gradient": _switch_gradient,
}
