"""What kernels do on a GPU that no record of tests/cases asks for: 16-bit floats and errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tfsession as tf
from tests.cases.record import Case, families
from tests.test_ops import Run
from tfsession.kernels import training
from tfsession.registry import OPS

pytestmark = [pytest.mark.gpu, pytest.mark.usefixtures("real_cupy")]

HALVES = [pytest.param(tf.float16, id="float16"), pytest.param(tf.bfloat16, id="bfloat16")]

# Draws random numbers, or takes the number of an element for its value.
NOT_COMPARED = (
    "Bitcast",
    "DecodeRaw",
    "Dropout",
    "Multinomial",
    "ParseTensor",
    "Random",
    "TruncatedNormal",
)


def takes_bfloat16(case: Case) -> bool:
    """Whether a record that has float16 can be built, and computed on the CPU, in bfloat16."""
    if "float16" not in case.dtypes or case.op.startswith(NOT_COMPARED):
        return False
    try:
        Run(case, "bfloat16", "CPU")
    except (TypeError, ValueError):
        return False
    return True


# ---- 16-bit floats ----


@pytest.mark.parametrize(
    "case",
    [pytest.param(c, id=c.id) for cases in families().values() for c in cases if takes_bfloat16(c)],
)
def test_bfloat16_is_the_same_on_both_devices(case: Case) -> None:
    run = Run(case, "bfloat16", "GPU")
    values, expected = run.results(), Run(case, "bfloat16", "CPU").results()
    for tensor, value, wanted in zip(run.outputs, values, expected, strict=True):
        assert np.asarray(value).dtype == tensor.dtype.as_numpy_dtype
        if np.asarray(wanted).dtype.kind in "iubO":
            np.testing.assert_array_equal(value, wanted)
        else:
            np.testing.assert_allclose(
                np.asarray(value, np.complex128), np.asarray(wanted, np.complex128), 3e-2, 3e-2
            )


def updated(device: str, rule: str, dtype: tf.DType, rounded: tf.DType) -> list[Any]:
    """The variables of an update rule after one update, computed in `dtype`.

    Args:
      device: of all operations.
      rule: as in ``ResourceApply<rule>``.
      dtype: of all tensors.
      rounded: what the numbers before the update are of.
    """
    applied = training._Applied(f"ResourceApply{rule}", rule)
    rng = np.random.default_rng(5)

    def number(value: Any) -> tf.Tensor:
        return tf.cast(tf.cast(value, rounded), dtype)

    with tf.Graph().as_default(), tf.device(device):
        variables = {
            name: tf.Variable(number(rng.uniform(0.5, 1.5, 40)), use_resource=True)
            for name in applied.variables
        }
        scalars = {name: number(0.1 + 0.07 * i) for i, (name, _) in enumerate(applied.scalars)}
        if "lr_power" in scalars:
            scalars["lr_power"] = number(-0.5)
        if "global_step" in scalars:
            scalars["global_step"] = tf.constant(3, tf.int64)
        update = getattr(tf.raw_ops, f"ResourceApply{rule}")(
            **{name: variable.handle for name, variable in variables.items()},
            **{applied.gradient: number(rng.uniform(0.1, 0.4, 40))},
            **scalars,
        )
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(update)
            values: list[Any] = session.run(list(variables.values()))
            return values


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize(
    "rule", [rule for rule in training._FORMULAS if f"ResourceApply{rule}" in OPS]
)
def test_update_rules_take_16_bit_floats_and_round_once(rule: str, dtype: tf.DType) -> None:
    values = updated("/GPU:0", rule, dtype, dtype)
    expected = updated("/CPU:0", rule, tf.float32, dtype)
    for value, wanted in zip(values, expected, strict=True):
        assert value.dtype == dtype.as_numpy_dtype
        precision = 2.0**-8 if dtype == tf.bfloat16 else 2.0**-11
        np.testing.assert_allclose(
            value.astype(np.float32), wanted, rtol=1.01 * precision, atol=1e-6
        )


# ---- Sums at positions ----


@pytest.mark.parametrize("name", ["int8", "uint8", "int64", "float16", "float64"])
def test_gradients_at_maxima_are_summed_in_every_dtype(name: str) -> None:
    gradient = np.arange(1, 5, dtype=name).reshape(1, 2, 2, 1)
    with tf.Graph().as_default(), tf.device("/GPU:0"):
        dy = tf.placeholder(name, gradient.shape)
        dx = tf.raw_ops.MaxPoolGradWithArgmax(
            input=tf.cast(tf.zeros([1, 4, 4, 1]), name),
            grad=dy,
            argmax=tf.constant([[[[3], [3]], [[3], [5]]]], tf.int64),
            ksize=[1, 2, 2, 1],
            strides=[1, 2, 2, 1],
            padding="VALID",
        )
        with tf.Session() as session:
            found = session.run(dx, {dy: gradient}).ravel()
    wanted = np.zeros(16, name)
    wanted[[3, 5]] = 6, 4
    np.testing.assert_array_equal(found, wanted)


# ---- What cuSOLVER reports ----

EXPECTED = {
    tf.matrix_inverse: "Input is not invertible",
    tf.cholesky: "Cholesky decomposition was not successful",
    tf.matrix_solve: "Input matrix is not invertible",
}


@pytest.mark.parametrize("batch", [(), (3,)], ids=["one", "batch"])
@pytest.mark.parametrize("function", EXPECTED, ids=lambda function: function.__name__)
def test_a_matrix_that_is_singular_or_not_positive_is_refused(
    function: Any, batch: tuple[int, ...]
) -> None:
    with tf.Graph().as_default(), tf.device("/GPU:0"):
        x = tf.placeholder(tf.float32, [*batch, 2, 2])
        y = function(x, tf.ones([*batch, 2, 1])) if function is tf.matrix_solve else function(x)
        bad = np.ones((*batch, 2, 2), np.float32) * np.array([[1, 2], [2, 4]], np.float32)
        if function is tf.cholesky:
            bad[..., 1, 1] = 1
        with tf.Session() as session:
            with pytest.raises(tf.errors.InvalidArgumentError, match=EXPECTED[function]):
                session.run(y, {x: bad})
            good = np.broadcast_to(np.eye(2, dtype=np.float32) * 4, bad.shape)
            assert np.isfinite(session.run(y, {x: good})).all()
