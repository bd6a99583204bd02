"""What a kernel promises the compiler, held for every kernel by the records of its op."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tfsession as tf
from tests.cases.record import Case, families
from tests.test_ops import Run
from tfsession import registry
from tfsession.compile.binding import bound
from tfsession.compile.kernel_table import load_kernels
from tfsession.graph.operation import Operation
from tfsession.kernels import threads

load_kernels()

WRITING = {
    name: kernel
    for (name, kind), kernel in registry.KERNELS.items()
    if kind == "CPU" and kernel.writes_out
}
WRITING_RUNS = [
    pytest.param(case, dtype, id=f"{case.id}-{dtype}")
    for cases in families().values()
    for case in cases
    if case.op in WRITING
    for dtype in case.dtypes
]


@pytest.fixture
def three_threads():
    before = threads.size()
    threads.set_size(3)
    yield
    threads.set_size(before)


def calls(case: Case, dtype: str) -> list[tuple[Operation, list[np.ndarray]]]:
    """The operations of a record's own op, with what they get."""
    run = Run(case, dtype, "CPU")
    found = [op for op in run.graph.get_operations() if op.type == case.op]
    with run.session() as session:
        return [(op, session.run(list(op.inputs), run.feeds())) for op in found]


def buffers(kernel: registry.Kernel, inputs: list[np.ndarray], result: np.ndarray) -> list[Any]:
    """What the compiler may hand in as `out`: the number of an input, or None for a new array."""
    offered = range(len(inputs)) if kernel.like is None else [kernel.like]
    fitting = [
        number
        for number in offered
        if inputs[number].shape == result.shape and inputs[number].dtype == result.dtype
    ]
    return [None, *fitting]


@pytest.mark.parametrize(("case", "dtype"), WRITING_RUNS)
def test_out_may_be_given(case: Case, dtype: str, three_threads: None) -> None:
    """With `out`, new or one of its inputs, a kernel returns what it returns without: cut, too."""
    kernel = WRITING[case.op]
    is_elementwise = bool(kernel.ufunc or kernel.expression or kernel.like is not None)
    for op, inputs in calls(case, dtype):
        result_type = op.outputs[0].dtype.as_numpy_dtype
        function = bound(kernel, np, {name: op.attrs[name] for name in kernel.attrs})
        variants = [function]
        if is_elementwise and op.outputs[0].dtype != tf.string:
            variants.append(threads.by_rows(function, result_type, large=2))
        with np.errstate(all="ignore"):
            expected = np.asarray(function(*map(np.copy, inputs)), result_type)
            for compute in variants:
                for number in buffers(kernel, inputs, expected):
                    copies = [np.copy(x) for x in inputs]
                    garbage = np.full(expected.shape, 77).astype(result_type)
                    out = garbage if number is None else copies[number]
                    assert_same(compute(*copies, out=out), expected)


def assert_same(actual: np.ndarray, wanted: np.ndarray) -> None:
    """Compares all but the last bit: a sum may begin with any of its terms."""
    if wanted.dtype.kind not in "fc":
        np.testing.assert_array_equal(actual, wanted)
        return
    precision = 4 * np.finfo(wanted.dtype).eps
    np.testing.assert_allclose(actual, wanted, rtol=precision, atol=precision)


@pytest.mark.parametrize("op", ["Acos", "Asin", "Atan", "Tan"])
def test_functions_of_angles_refuse_integers(op: str, graph: tf.Graph) -> None:
    x = tf.placeholder(tf.int32, [2])
    y = getattr(tf.raw_ops, op)(x=x)
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"{op}: x is of int32"):
            session.run(y, {x: [0, 1]})
    with pytest.raises(TypeError, match="not in list of allowed values"):
        getattr(tf.raw_ops, op)(x=tf.placeholder(tf.int8))
