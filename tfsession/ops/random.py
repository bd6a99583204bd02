"""Random numbers: seeds, stateful random ops and the public functions made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DType, DTypeLike, as_dtype
from tfsession.graph.build import TensorLike, build, convert_shape, convert_sizes, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import get_default_graph, name_scope
from tfsession.graph.static_values import constant_value_as_shape, size_of_scalar
from tfsession.ops import array, control, control_flow, indexing, math, reduction
from tfsession.registry import (
    gradient,
    no_gradient,
    op,
    ranks,
    run_ranks,
    shape,
    undefined_gradient,
)
from tfsession.shapes import Dims, broadcast_dims, concatenate_dims, merge_dims, with_rank

__all__ = [
    "get_seed",
    "multinomial",
    "random_crop",
    "random_gamma",
    "random_normal",
    "random_shuffle",
    "random_uniform",
    "truncated_normal",
]

# The graph seed that stands in where only an op has one.
DEFAULT_GRAPH_SEED = 87654321

_MODULUS = 2**31 - 1


# ---- Seeds ----


def get_seed(op_seed: int | None) -> tuple[int | None, int | None]:
    """The two seeds of a random op, of the default graph's seed and its own.

    Args:
      op_seed: the op's own seed, or None.

    Returns:
      A pair of integers in [0, 2^31 - 1], or of None where neither the graph nor the op has a seed.
      A graph seed alone is joined by the number of the operation created last, so each op draws
      other numbers and the same program draws the same.

    Source: TensorFlow 1.15, python/framework/random_seed.py `get_seed`.
    """
    graph = get_default_graph()
    if graph.seed is not None:
        if op_seed is None:
            op_seed = graph.operations[-1].number if graph.operations else 0
        seeds = graph.seed, op_seed
    elif op_seed is not None:
        seeds = DEFAULT_GRAPH_SEED, op_seed
    else:
        return None, None
    first, second = int(seeds[0]) % _MODULUS, int(seeds[1]) % _MODULUS
    # Both zero would ask for numbers that nobody can repeat.
    return (0, _MODULUS) if (first, second) == (0, 0) else (first, second)


def random_shape(shape: Tensor) -> Dims:
    """The value of the input."""
    with_rank(shape.dims, 1)
    return constant_value_as_shape(shape)


# ---- RandomUniform ----

op(
    "RandomUniform(shape: T) -> output: dtype",
    "seed: int = 0; seed2: int = 0; dtype: {float16, bfloat16, float32, float64};"
    " T: {int32, int64}",
    stateful=True,
)
shape("RandomUniform")(random_shape)
_NO_VECTOR = "shape must be a vector of {{int32,int64}}, got shape {shape}"
run_ranks("RandomUniform", shape=(1, _NO_VECTOR))
no_gradient("RandomUniform")

_UNIFORM_DTYPES = (
    dtypes.float16,
    dtypes.bfloat16,
    dtypes.float32,
    dtypes.float64,
    dtypes.int32,
    dtypes.int64,
)


def random_uniform(
    shape: TensorLike,
    minval: TensorLike = 0,
    maxval: TensorLike | None = None,
    dtype: DTypeLike = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Random numbers of the same probability everywhere in [minval, maxval).

    Args:
      shape: [rank]; int32 or int64, the shape of the result.
      minval: scalar; the lowest number.
      maxval: scalar; the bound above, 1 by default for floats.
      dtype: float16, bfloat16, float32, float64, int32 or int64.
      seed: the op's seed; see `get_seed`.
      name: a name for the operation.

    Returns:
      A Tensor of shape `shape`.

    Raises:
      ValueError: `dtype` is another, or is an integer type and `maxval` is not given.

    Source: TensorFlow 1.15, python/ops/random_ops.py `random_uniform`; the same numbers.
    """
    kind = as_dtype(dtype)
    if kind not in _UNIFORM_DTYPES:
        raise ValueError(f"Invalid dtype {kind!r}")
    if maxval is None:
        if kind.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {kind!r}")
        maxval = 1
    with name_scope(name, "random_uniform", [shape, minval, maxval]) as scope:
        dims = convert_shape(shape, "shape")
        low = convert_to_tensor(minval, dtype=kind, name="min")
        high = convert_to_tensor(maxval, dtype=kind, name="max")
        seed1, seed2 = get_seed(seed)
        if kind.is_integer:
            result: Tensor = build(
                "RandomUniformInt", dims, low, high, seed=seed1, seed2=seed2, name=scope
            )
            return result
        raw = build("RandomUniform", dims, dtype=kind, seed=seed1, seed2=seed2)
        width = build("Sub", high, low, name="sub")
        result = build("Add", build("Mul", raw, width, name="mul"), low, name=scope)
        return result


# ---- RandomUniformInt ----

op(
    "RandomUniformInt(shape: T, minval: Tout, maxval: Tout) -> output: Tout",
    "seed: int = 0; seed2: int = 0; Tout: {int32, int64}; T: {int32, int64}",
    stateful=True,
)
shape("RandomUniformInt")(random_shape)
ranks("RandomUniformInt", minval=0, maxval=0)
run_ranks("RandomUniformInt", shape=(1, _NO_VECTOR))
undefined_gradient("RandomUniformInt")


# ---- RandomStandardNormal ----

op(
    "RandomStandardNormal(shape: T) -> output: dtype",
    "seed: int = 0; seed2: int = 0; dtype: {float16, bfloat16, float32, float64};"
    " T: {int32, int64}",
    stateful=True,
)
shape("RandomStandardNormal")(random_shape)
run_ranks("RandomStandardNormal", shape=(1, _NO_VECTOR))
no_gradient("RandomStandardNormal")


def _scaled(
    op_type: str,
    default_name: str,
    shape: Any,
    mean: Any,
    stddev: Any,
    dtype: DTypeLike,
    seed: int | None,
    name: str | None,
) -> Tensor:
    """Numbers of a standard distribution times `stddev` plus `mean`."""
    kind: DType = as_dtype(dtype)
    with name_scope(name, default_name, [shape, mean, stddev]) as scope:
        dims = convert_shape(shape, "shape")
        mean = convert_to_tensor(mean, dtype=kind, name="mean")
        stddev = convert_to_tensor(stddev, dtype=kind, name="stddev")
        seed1, seed2 = get_seed(seed)
        raw = build(op_type, dims, dtype=kind, seed=seed1, seed2=seed2)
        result: Tensor = build("Add", build("Mul", raw, stddev, name="mul"), mean, name=scope)
        return result


def random_normal(
    shape: TensorLike,
    mean: TensorLike = 0.0,
    stddev: TensorLike = 1.0,
    dtype: DTypeLike = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Normally distributed random numbers.

    Args:
      shape: [rank]; int32 or int64, the shape of the result.
      mean: broadcasts with `shape`.
      stddev: the standard deviation; broadcasts with `shape`.
      dtype: float16, bfloat16, float32 or float64.
      seed: the op's seed; see `get_seed`.
      name: a name for the operation.

    Returns:
      A Tensor of shape `shape`.

    Source: TensorFlow 1.15, python/ops/random_ops.py `random_normal`; the same numbers up to
      the last bits of logarithm, sine and cosine.
    """
    return _scaled("RandomStandardNormal", "random_normal", shape, mean, stddev, dtype, seed, name)


# ---- TruncatedNormal ----

op(
    "TruncatedNormal(shape: T) -> output: dtype",
    "seed: int = 0; seed2: int = 0; dtype: {float16, bfloat16, float32, float64};"
    " T: {int32, int64}",
    stateful=True,
)
shape("TruncatedNormal")(random_shape)
run_ranks("TruncatedNormal", shape=(1, _NO_VECTOR))
no_gradient("TruncatedNormal")


def truncated_normal(
    shape: TensorLike,
    mean: TensorLike = 0.0,
    stddev: TensorLike = 1.0,
    dtype: DTypeLike = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Normally distributed random numbers within two standard deviations of the mean.

    Args:
      shape: [rank]; int32 or int64, the shape of the result.
      mean: broadcasts with `shape`.
      stddev: the standard deviation before truncation; broadcasts with `shape`.
      dtype: float16, bfloat16, float32 or float64.
      seed: the op's seed; see `get_seed`.
      name: a name for the operation.

    Returns:
      A Tensor of shape `shape`.

    Source: TensorFlow 1.15, python/ops/random_ops.py `truncated_normal`.
    """
    return _scaled("TruncatedNormal", "truncated_normal", shape, mean, stddev, dtype, seed, name)


# ---- RandomShuffle ----

op(
    "RandomShuffle(value: T) -> output: T",
    "seed: int = 0; seed2: int = 0; T: type",
    stateful=True,
)
undefined_gradient("RandomShuffle")


@shape("RandomShuffle")
def random_shuffle_shape(value: Tensor) -> Dims:
    """The shape of the input."""
    return value.dims


def random_shuffle(value: TensorLike, seed: int | None = None, name: str | None = None) -> Tensor:
    """The rows of a tensor in random order.

    Args:
      value: [rows, ...]; of any dtype.
      seed: the op's seed; see `get_seed`.
      name: a name for the operation.

    Returns:
      [rows, ...].

    Source: TensorFlow 1.15, python/ops/random_ops.py `random_shuffle`.
    """
    seed1, seed2 = get_seed(seed)
    result: Tensor = build("RandomShuffle", value, seed=seed1, seed2=seed2, name=name)
    return result


def random_crop(
    value: TensorLike, size: TensorLike, seed: int | None = None, name: str | None = None
) -> Tensor:
    """A random part of a tensor.

    Args:
      value: the tensor.
      size: [rank]; int32, the shape of the part.
      seed: the op's seed; see `get_seed`.
      name: a name for the operation.

    Returns:
      A Tensor of shape `size`.

    Source: TensorFlow 1.15, python/ops/random_ops.py `random_crop`.
    """
    with name_scope(name, "random_crop", [value, size]) as scope:
        value = convert_to_tensor(value, name="value")
        size = convert_sizes(size, "size")
        dims = array.shape(value)
        fits = reduction.reduce_all(build("GreaterEqual", dims, size))
        check = control_flow.Assert(
            fits, ["Need value.shape >= size, got ", dims, size], summarize=1000
        )
        dims = control.with_dependencies([check], dims)
        limit = dims - size + 1
        offset = random_uniform(
            array.shape(dims), dtype=size.dtype, maxval=size.dtype.max, seed=seed
        )
        result: Tensor = indexing.slice(value, offset % limit, size, name=scope)
        return result


# ---- Multinomial ----

op(
    "Multinomial(logits: T, num_samples: int32) -> output: output_dtype",
    "seed: int = 0; seed2: int = 0;"
    " T: {float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16, uint32,"
    " uint64}; output_dtype: {int32, int64} = int64",
    stateful=True,
)
no_gradient("Multinomial")


@shape("Multinomial")
def multinomial_shape(logits: Tensor, num_samples: Tensor) -> Dims:
    """[batch, num_samples]."""
    with_rank(num_samples.dims, 0)
    return (with_rank(logits.dims, 2)[0], size_of_scalar(num_samples, 1))


def _draw_classes(
    logits: Any, num_samples: Any, dtype: DTypeLike | None, seed: int | None
) -> Tensor:
    logits = convert_to_tensor(logits, name="logits")
    seed1, seed2 = get_seed(seed)
    result: Tensor = build(
        "Multinomial", logits, num_samples, seed=seed1, seed2=seed2, output_dtype=dtype
    )
    return result


def multinomial(
    logits: TensorLike,
    num_samples: TensorLike,
    seed: int | None = None,
    name: str | None = None,
    output_dtype: DTypeLike | None = None,
) -> Tensor:
    """Draws classes by their unnormalised log-probabilities.

    Args:
      logits: [batch, classes].
      num_samples: scalar; int32, how many to draw for each row.
      seed: the op's seed; see `get_seed`.
      name: a name for the operation.
      output_dtype: int32 or int64, which is the default.

    Returns:
      [batch, num_samples]; the numbers of the classes.

    Source: TensorFlow 1.15, python/ops/random_ops.py `multinomial`. A CPU and a GPU draw different
      numbers, as there.
    """
    with name_scope(name, "multinomial", [logits]):
        return _draw_classes(logits, num_samples, output_dtype, seed)


op(
    "StatelessMultinomial(logits: T, num_samples: int32, seed: Tseed) -> output: output_dtype",
    " T: {float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16, uint32,"
    " uint64}; Tseed: {int32, int64} = int64; output_dtype: {int32, int64} = int64",
)
no_gradient("StatelessMultinomial")


@shape("StatelessMultinomial")
def stateless_multinomial_shape(logits: Tensor, num_samples: Tensor, seed: Tensor) -> Dims:
    """[batch, num_samples]."""
    merge_dims(seed.dims, (2,))
    return multinomial_shape(logits, num_samples)


def stateless_multinomial(
    logits: TensorLike,
    num_samples: TensorLike,
    seed: TensorLike,
    output_dtype: DTypeLike = dtypes.int64,
    name: str | None = None,
) -> Tensor:
    """Draws classes by their unnormalised log-probabilities: the same for the same seeds.

    Args:
      logits: [batch, classes].
      num_samples: scalar; int32, how many to draw for each row.
      seed: [2]; int32 or int64.
      output_dtype: int32 or int64.
      name: a name for the operation.

    Returns:
      [batch, num_samples]; the numbers of the classes.

    Source: TensorFlow 1.15 `tf.random.stateless_multinomial`.
    """
    with name_scope(name, "stateless_multinomial", [logits, seed]):
        given = convert_to_tensor(logits, name="logits")
        result: Tensor = build(
            "StatelessMultinomial", given, num_samples, seed, output_dtype=output_dtype
        )
        return result


def categorical(
    logits: TensorLike,
    num_samples: TensorLike,
    dtype: DTypeLike | None = None,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """The newer spelling of `multinomial`.

    Args:
      logits: [batch, classes].
      num_samples: scalar; int32, how many to draw for each row.
      dtype: int32 or int64, which is the default.
      seed: the op's seed; see `get_seed`.
      name: a name for the operation.

    Returns:
      [batch, num_samples]; the numbers of the classes.

    Source: TensorFlow 1.15, python/ops/random_ops.py `categorical`.
    """
    with name_scope(name, "categorical", [logits]):
        return _draw_classes(logits, num_samples, dtype, seed)


# ---- RandomGamma ----

op(
    "RandomGamma(shape: S, alpha: T) -> output: T",
    "seed: int = 0; seed2: int = 0; S: {int32, int64}; T: {float16, float32, float64}",
    stateful=True,
)


@shape("RandomGamma")
def random_gamma_shape(shape: Tensor, alpha: Tensor) -> Dims:
    """The value of `shape`, then the shape of `alpha`."""
    with_rank(shape.dims, 1)
    return concatenate_dims(constant_value_as_shape(shape), alpha.dims)


@gradient("RandomGamma")
def random_gamma_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """By `alpha`, how the numbers would move if the same uniform numbers were drawn."""
    shape, alpha = op.inputs
    drawn = array.size(shape)
    ones = build("Fill", array.reshape(drawn, [1]), 1)
    above = array.reshape(alpha, array.concat([ones, array.shape(alpha)], 0))
    slope = build("RandomGammaGrad", above, op.outputs[0])
    return [None, reduction.reduce_sum(dy * slope, axis=math.range(drawn))]


def random_gamma(
    shape: TensorLike,
    alpha: TensorLike,
    beta: TensorLike | None = None,
    dtype: DTypeLike = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Random numbers of gamma distributions.

    Args:
      shape: [rank]; int32, the shape of the numbers drawn for each pair of alpha and beta.
      alpha: the shape parameter; broadcasts with `beta`.
      beta: the inverse scale parameter, 1 by default.
      dtype: float16, float32 or float64.
      seed: the op's seed; see `get_seed`.
      name: a name for the operation.

    Returns:
      A Tensor of shape `shape` followed by that of ``alpha + beta``.

    Source: TensorFlow 1.15, python/ops/random_ops.py `random_gamma`. The gradient by `alpha` is
      that of Figurnov et al., "Implicit Reparameterization Gradients", 2018.
    """
    kind = as_dtype(dtype)
    with name_scope(name, "random_gamma", [shape, alpha, beta]):
        shape = convert_shape(shape, "shape")
        alpha = convert_to_tensor(alpha, name="alpha", dtype=kind)
        beta = convert_to_tensor(1 if beta is None else beta, name="beta", dtype=kind)
        alpha = build("AddV2", alpha, array.zeros_like(beta), name="add")
        seed1, seed2 = get_seed(seed)
        raw = build("RandomGamma", shape, alpha, seed=seed1, seed2=seed2)
        smallest = np.finfo(kind.as_numpy_dtype).tiny
        result: Tensor = build("Maximum", smallest, build("RealDiv", raw, beta, name="truediv"))
        return result


# ---- RandomGammaGrad ----

op(
    "RandomGammaGrad(alpha: T, sample: T) -> output: T",
    "T: {float32, float64}",
)
undefined_gradient("RandomGammaGrad")


@shape("RandomGammaGrad")
def random_gamma_grad_shape(alpha: Tensor, sample: Tensor) -> Dims:
    """Both inputs, broadcast together."""
    return broadcast_dims(alpha.dims, sample.dims)
