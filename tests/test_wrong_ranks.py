"""Inputs of another rank are refused in words about shapes, never in those of Python or NumPy.

Each op is run as the first of its records has it, but with one of its inputs replaced by an array
of another rank, the static shapes unknown.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import tfsession as tf
from tests.cases.record import Case, families
from tests.test_ops import Run

# What Python and NumPy say; nobody would know which argument is meant.
FOREIGN = re.compile(
    r"0-dimensional array|length-1|zip\(\)|m(in|ax)\(\) arg|to unpack|has no len|unsized|"
    r"(tuple|list) index|has no attribute|not (subscriptable|iterable|callable)|"
    r"not supported between|unsupported operand|could not be broadcast|cannot reshape|"
    r"truth value|setting an array|array of size|for axis|too many indices|axes don't|operands|"
    r"0-d array|array is \d|cannot be interpreted|too deep|gufunc|not aligned|positional argument|"
    r"input array|zero-dimensional|must be real number|buffer"
)
# Values that no array has, and what only the run that made them knows.
WITHOUT_ARRAYS = {tf.resource, tf.variant}
OF_ONE_RUN = {"GetSessionTensor", "DeleteSessionTensor"}


def first_cases() -> list[Any]:
    """One record for each op."""
    found: dict[str, Case] = {}
    for cases in families().values():
        for case in cases:
            if case.op not in OF_ONE_RUN:
                found.setdefault(case.op, case)
    return [pytest.param(case, id=op) for op, case in found.items()]


def of_other_ranks(value: Any) -> list[np.ndarray]:
    """An array with an axis more, and one with fewer axes."""
    array = np.asarray(value)
    zero = b"" if array.dtype.hasobject else 0
    first = array.ravel()[0] if array.size else zero
    fewer = np.array(first, array.dtype) if array.ndim else np.array([first] * 2, array.dtype)
    return [array[None], fewer]


def refusal(run: Run, operation: str, position: int, value: np.ndarray) -> str:
    """The error of a copy of the graph with `value` in the place of an input; "" for none."""
    graph_def = run.graph.as_graph_def()
    for node in graph_def.node:
        if node.op == "Placeholder":
            node.attr["shape"].shape.unknown_rank = True
    node = next(node for node in graph_def.node if node.name == operation)
    tensor = run.graph.get_operation_by_name(operation).inputs[position]
    other = graph_def.node.add(name="other", op="Placeholder")
    other.attr["dtype"].type = tensor.dtype.base_dtype.as_datatype_enum
    other.attr["shape"].shape.unknown_rank = True
    node.input[position] = "other"
    try:
        with tf.Graph().as_default(), tf.Session() as session:
            tf.import_graph_def(graph_def, name="")
            feeds = {x.name: array for x, array in run.feeds().items()}
            found = tf.get_default_graph().get_operation_by_name(operation)
            if any(tensor.dtype.base_dtype in WITHOUT_ARRAYS for tensor in found.outputs):
                return ""
            session.run(list(found.outputs) or found, {**feeds, "other:0": value})
    except (tf.errors.OpError, ValueError) as error:
        return str(error).splitlines()[0]
    return ""


@pytest.mark.parametrize("case", first_cases())
def test_wrong_ranks_are_refused_in_words_about_shapes(case: Case) -> None:
    run = Run(case, case.dtypes[0], "CPU")
    found = [op for op in run.graph.get_operations() if op.type == case.op]
    if not found:
        return  # it is a constant where shapes are known
    operation = found[0]
    for position, tensor in enumerate(operation.inputs):
        kind = tensor.dtype
        if kind.is_ref_dtype or kind.is_quantized or kind in WITHOUT_ARRAYS:
            continue
        try:
            with run.session() as session:
                value = session.run(tensor, run.feeds())
        except (tf.errors.OpError, ValueError):
            continue  # it is known within a loop or a branch only
        for other in of_other_ranks(value):
            text = refusal(run, operation.name, position, other)
            assert not FOREIGN.search(text), (tensor.name, other.shape, text)
