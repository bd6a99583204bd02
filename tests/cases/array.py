"""Records of tfsession.ops.array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.record import FLOATS, NUMBERS, Case, normal

EVERY = (
    "bfloat16",
    "float16",
    "float32",
    "float64",
    "int32",
    "int64",
    "uint8",
    "complex64",
    "bool",
)


def anything(*shapes: tuple[int, ...]) -> Callable[[np.random.Generator, np.dtype], list[Any]]:
    """Inputs of any dtype."""

    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        if dtype.kind == "b":
            return [rng.random(s) < 0.5 for s in shapes]
        if dtype.kind == "c":
            return [
                (rng.standard_normal(s) + 1j * rng.standard_normal(s)).astype(dtype) for s in shapes
            ]
        return normal(*shapes)(rng, dtype)

    return make


def texts(*shapes: tuple[int, ...]) -> Callable[[np.random.Generator, np.dtype], list[Any]]:
    """Inputs: strings."""

    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        return [
            np.array([b"t%d" % n for n in rng.integers(0, 5, int(np.prod(s)))], object).reshape(s)
            for s in shapes
        ]

    return make


def given(*arrays: Any) -> Callable[[np.random.Generator, np.dtype], list[Any]]:
    """Inputs: these arrays, whatever the dtype."""
    return lambda rng, dtype: [np.asarray(array) for array in arrays]


def with_fixed(
    make: Callable[[np.random.Generator, np.dtype], list[Any]], *arrays: Any
) -> Callable[[np.random.Generator, np.dtype], list[Any]]:
    """Inputs: what `make` gives, followed by these arrays."""
    return lambda rng, dtype: [*make(rng, dtype), *map(np.asarray, arrays)]


def int32(*values: Any) -> np.ndarray:
    """A vector of int32."""
    return np.array(values, np.int32)


def one_hot(indices: np.ndarray, depth: int) -> np.ndarray:
    """The definition of a one-hot encoding along a new last axis."""
    return (indices[..., None] == np.arange(depth)).astype(np.float32)


CASES = [
    # ---- Const ----
    Case("Const", "numbers", lambda tf: tf.constant([[1.0, 2], [3, 4]]), given(), gradient=False),
    Case("Const", "repeats-last", lambda tf: tf.constant([1, 2], shape=[2, 2]), given()),
    Case("Const", "text", lambda tf: tf.constant([["a", "b"]]), given()),
    Case("Const", "empty", lambda tf: tf.constant([], tf.float32), given()),
    # ---- Placeholder ----
    Case("Placeholder", "", lambda tf, x: x, anything((2, 3)), EVERY, lambda x: x),
    Case("Placeholder", "text", lambda tf, x: x, texts((2,)), expected=lambda x: x),
    # ---- Identity ----
    Case("Identity", "", lambda tf, x: tf.identity(x), anything((2, 3)), EVERY, lambda x: x),
    Case("Identity", "text", lambda tf, x: tf.identity(x), texts((2,)), expected=lambda x: x),
    Case("IdentityN", "", lambda tf, x, y: tf.identity_n([x, y]), normal((2,), (3,)), FLOATS),
    Case("StopGradient", "", lambda tf, x: tf.stop_gradient(x), normal((2,)), gradient=False),
    Case(
        "PreventGradient",
        "",
        lambda tf, x: tf.raw_ops.PreventGradient(input=x, message="no"),
        normal((2,)),
        gradient=False,
    ),
    Case("Snapshot", "", lambda tf, x: tf.raw_ops.Snapshot(input=x), normal((2,))),
    Case("GuaranteeConst", "", lambda tf, x: tf.guarantee_const(x), normal((2,)), gradient=False),
    Case("DeepCopy", "", lambda tf, x: tf.raw_ops.DeepCopy(x=x), normal((2,)), gradient=False),
    Case("EnsureShape", "", lambda tf, x: tf.ensure_shape(x, [None, 3]), normal((2, 3))),
    Case("CheckNumerics", "", lambda tf, x: tf.check_numerics(x, "x"), normal((2, 3)), FLOATS),
    Case(
        "PlaceholderWithDefault",
        "",
        lambda tf, x: tf.placeholder_with_default(x, [None, 3]),
        normal((2, 3)),
        expected=lambda x: x,
    ),
    # ---- Bitcast ----
    Case(
        "Bitcast",
        "same-size",
        lambda tf, x: tf.bitcast(x, tf.int32),
        normal((2, 3)),
        expected=lambda x: x.view(np.int32),
    ),
    Case("Bitcast", "smaller", lambda tf, x: tf.bitcast(x, tf.uint8), normal((2, 3))),
    Case("Bitcast", "smaller-scalar", lambda tf, x: tf.bitcast(x, tf.uint8), normal(())),
    Case(
        "Bitcast", "larger", lambda tf, x: tf.bitcast(x, tf.float64), normal((3, 2)), unknown=False
    ),
    # ---- Shape, Size, Rank ----
    Case("Shape", "", lambda tf, x: tf.shape(x), anything((2, 3)), EVERY, lambda x: int32(2, 3)),
    Case("Shape", "int64", lambda tf, x: tf.shape(x, out_type=tf.int64), normal((2, 0))),
    Case("Shape", "op", lambda tf, x: tf.raw_ops.Shape(input=x), normal(())),
    Case("ShapeN", "", lambda tf, x, y: tf.shape_n([x, y]), normal((2,), (3, 1))),
    Case("Size", "", lambda tf, x: tf.size(x), normal((2, 3)), expected=lambda x: 6),
    Case("Size", "op", lambda tf, x: tf.raw_ops.Size(input=x), normal((2, 3))),
    Case("Rank", "", lambda tf, x: tf.rank(x), normal((2, 3)), expected=lambda x: 2),
    Case("Rank", "op", lambda tf, x: tf.raw_ops.Rank(input=x), normal((2, 3))),
    # ---- Fill ----
    Case(
        "Fill",
        "",
        lambda tf, x: tf.fill([2, 3], x),
        anything(()),
        EVERY,
        lambda x: np.full((2, 3), x),
    ),
    Case("Fill", "text", lambda tf, x: tf.fill([2], x), texts(())),
    Case("Fill", "shape-fed", lambda tf, d: tf.fill(d, 2.0), given(int32(2, 0)), unknown=False),
    Case("Fill", "zeros", lambda tf: [tf.zeros([2, 3]), tf.ones([2]), tf.zeros([])], given()),
    Case("Fill", "zeros-large", lambda tf: tf.zeros([40, 50]), given()),
    Case("Fill", "zeros-text", lambda tf: tf.zeros([2], tf.string), given()),
    Case("Fill", "ones-shape-fed", lambda tf, d: tf.ones(d, tf.int32), given(int32(2, 3))),
    Case("Fill", "ones-of-sizes", lambda tf, n: tf.ones([n, 3]), given(np.int32(2))),
    Case("ZerosLike", "", lambda tf, x: tf.zeros_like(x), anything((2, 3)), EVERY, np.zeros_like),
    Case(
        "ZerosLike",
        "op",
        lambda tf, x: tf.zeros_like(x, optimize=False),
        anything((2, 3)),
        EVERY,
        np.zeros_like,
    ),
    Case("ZerosLike", "dtype", lambda tf, x: tf.zeros_like(x, tf.int64), normal((2, 3))),
    Case("ZerosLike", "text", lambda tf, x: tf.zeros_like(x, optimize=False), texts((2,))),
    Case("OnesLike", "", lambda tf, x: tf.ones_like(x), normal((2, 3)), NUMBERS, np.ones_like),
    Case("OnesLike", "op", lambda tf, x: tf.raw_ops.OnesLike(x=x), normal((2, 3)), NUMBERS),
    # ---- Reshape ----
    Case(
        "Reshape",
        "",
        lambda tf, x: tf.reshape(x, [3, 4]),
        anything((2, 6)),
        EVERY,
        lambda x: x.reshape(3, 4),
    ),
    Case("Reshape", "text", lambda tf, x: tf.reshape(x, [4]), texts((2, 2))),
    Case("Reshape", "minus-one", lambda tf, x: tf.reshape(x, [-1, 3]), normal((2, 6))),
    Case("Reshape", "to-scalar", lambda tf, x: tf.reshape(x, []), normal((1, 1))),
    Case("Reshape", "from-scalar", lambda tf, x: tf.reshape(x, [1, -1]), normal(())),
    Case("Reshape", "empty-minus-one", lambda tf, x: tf.reshape(x, [-1, 0]), normal((0, 3))),
    Case("Reshape", "empty", lambda tf, x: tf.reshape(x, [3, 0, 2]), normal((0, 5))),
    Case(
        "Reshape",
        "shape-fed",
        lambda tf, x, s: tf.reshape(x, s),
        with_fixed(normal((2, 6)), np.array([4, 3])),
    ),
    Case(
        "Reshape",
        "of-shape",
        lambda tf, x: tf.reshape(x, tf.stack([tf.shape(x)[0], -1])),
        normal((2, 3, 2)),
    ),
    # ---- ExpandDims, Squeeze ----
    *(
        Case(
            "ExpandDims",
            f"{axis}",
            lambda tf, x, axis=axis: tf.expand_dims(x, axis),
            anything((2, 3)),
            EVERY if axis == 1 else ("float32",),
            lambda x, axis=axis: np.expand_dims(x, axis),
        )
        for axis in (0, 1, 2, -1, -2, -3)
    ),
    Case("ExpandDims", "dim", lambda tf, x: tf.expand_dims(x, dim=0), normal(())),
    Case(
        "Squeeze",
        "all",
        lambda tf, x: tf.squeeze(x),
        anything((1, 2, 1, 3)),
        EVERY,
        lambda x: np.squeeze(x),
    ),
    Case("Squeeze", "axes", lambda tf, x: tf.squeeze(x, [0, -2]), normal((1, 2, 1, 3))),
    Case("Squeeze", "old-name", lambda tf, x: tf.squeeze(x, squeeze_dims=[2]), normal((1, 2, 1))),
    Case("Squeeze", "to-scalar", lambda tf, x: tf.squeeze(x), normal((1, 1))),
    # ---- Concat ----
    Case(
        "ConcatV2",
        "",
        lambda tf, x, y: tf.concat([x, y], 1),
        anything((2, 3), (2, 1)),
        EVERY,
        lambda x, y: np.concatenate([x, y], 1),
    ),
    Case("ConcatV2", "text", lambda tf, x, y: tf.concat([x, y], 0), texts((2,), (3,))),
    Case("ConcatV2", "negative", lambda tf, x, y: tf.concat([x, y], -2), normal((2, 3), (1, 3))),
    Case("ConcatV2", "empty", lambda tf, x, y: tf.concat([x, y], 0), normal((0, 3), (2, 3))),
    Case("ConcatV2", "single", lambda tf, x: tf.concat([x], 0), normal((2, 3))),
    Case("ConcatV2", "twice", lambda tf, x: tf.concat([x, x, x], 0), normal((2,))),
    Case(
        "Concat",
        "",
        lambda tf, x, y: tf.raw_ops.Concat(concat_dim=1, values=[x, y]),
        normal((2, 3), (2, 1)),
    ),
    Case(
        "ConcatOffset",
        "",
        lambda tf, x, y: tf.raw_ops.ConcatOffset(concat_dim=1, shape=[x, y]),
        given(int32(2, 3), int32(2, 5)),
    ),
    Case(
        "ParallelConcat",
        "",
        lambda tf, x, y: tf.parallel_stack([x, y]),
        normal((3,), (3,)),
        gradient=False,
        unknown=False,
    ),
    # ---- Split ----
    Case(
        "Split",
        "",
        lambda tf, x: tf.split(x, 2, 1),
        anything((2, 4)),
        EVERY,
        lambda x: np.split(x, 2, 1),
    ),
    Case("Split", "one", lambda tf, x: tf.split(x, 1, 0), normal((2, 4))),
    Case("Split", "negative", lambda tf, x: tf.split(x, 4, -1), normal((2, 4))),
    Case("Split", "text", lambda tf, x: tf.split(x, 2), texts((4,))),
    Case("SplitV", "", lambda tf, x: tf.split(x, [1, 3], 1), normal((2, 4)), NUMBERS),
    Case("SplitV", "rest", lambda tf, x: tf.split(x, [1, -1, 2], 1), normal((2, 7))),
    Case("SplitV", "empty-part", lambda tf, x: tf.split(x, [0, 4], 1), normal((2, 4))),
    # ---- Pack, Unpack ----
    *(
        Case(
            "Pack",
            f"axis{axis}",
            lambda tf, x, y, axis=axis: tf.stack([x, y], axis),
            anything((2, 3), (2, 3)),
            EVERY if axis == 0 else ("float32",),
            lambda x, y, axis=axis: np.stack([x, y], axis),
        )
        for axis in (0, 1, 2, -1, -3)
    ),
    Case("Pack", "scalars", lambda tf, x, y: tf.stack([x, y, 1.0]), normal((), ())),
    Case("Pack", "single", lambda tf, x: tf.stack([x]), normal((2,))),
    Case("Pack", "text", lambda tf, x, y: tf.stack([x, y]), texts((), ())),
    Case(
        "Pack",
        "nested",
        lambda tf, x, y: tf.convert_to_tensor([[x, 1.0], [2.0, y]]),
        normal((), ()),
    ),
    *(
        Case(
            "Unpack",
            f"axis{axis}",
            lambda tf, x, axis=axis: tf.unstack(x, 2, axis),
            anything((2, 2, 2)),
            EVERY if axis == 0 else ("float32",),
            lambda x, axis=axis: [np.take(x, i, axis) for i in range(2)],
        )
        for axis in (0, 1, -1)
    ),
    Case("Unpack", "vector", lambda tf, x: tf.unstack(x, 3), normal((3,))),
    Case("Unpack", "text", lambda tf, x: tf.unstack(x, 2), texts((2,))),
    # ---- OneHot ----
    Case(
        "OneHot",
        "",
        lambda tf, i: tf.one_hot(i, 3),
        given(int32(0, 2, -1, 5, 1)),
        expected=lambda i: one_hot(i, 3),
    ),
    Case(
        "OneHot", "axis", lambda tf, i: tf.one_hot(i, 3, axis=0), given([int32(0, 2), int32(1, 9)])
    ),
    Case(
        "OneHot", "axis1", lambda tf, i: tf.one_hot(i, 4, axis=1), given([int32(0, 2), int32(1, 9)])
    ),
    Case(
        "OneHot", "values", lambda tf, i: tf.one_hot(i, 3, 5.0, -1.0), given(np.array([0, 2, -1]))
    ),
    Case("OneHot", "bool", lambda tf, i: tf.one_hot(i, 3, True, False), given(np.uint8([0, 2]))),
    Case("OneHot", "scalar", lambda tf, i: tf.one_hot(i, 3, dtype=tf.int32), given(np.int32(1))),
    Case("OneHot", "empty", lambda tf, i: tf.one_hot(i, 0), given(int32(1, 2))),
    # ---- Broadcast ----
    Case(
        "BroadcastTo",
        "",
        lambda tf, x: tf.broadcast_to(x, [2, 4, 3]),
        anything((4, 1)),
        ("float32", "float64", "int32", "bool"),
        lambda x: np.broadcast_to(x, (2, 4, 3)),
    ),
    Case("BroadcastTo", "scalar", lambda tf, x: tf.broadcast_to(x, [2, 3]), normal(())),
    Case(
        "BroadcastTo",
        "fed",
        lambda tf, x, s: tf.broadcast_to(x, s),
        with_fixed(normal((1, 3)), int32(2, 3)),
    ),
    Case(
        "BroadcastArgs",
        "",
        lambda tf, a, b: tf.broadcast_dynamic_shape(a, b),
        given(int32(2, 1, 3), int32(4, 1)),
        expected=lambda a, b: int32(2, 4, 3),
    ),
    # ---- Compositions ----
    Case(
        "Less",
        "sequence-mask",
        lambda tf, n: [tf.sequence_mask(n), tf.sequence_mask(n, 2, tf.float32)],
        given([int32(1, 3), int32(0, 2)]),
    ),
    Case("Mul", "meshgrid", lambda tf, x, y: tf.meshgrid(x, y), normal((2,), (3,))),
    Case(
        "Mul",
        "meshgrid-ij",
        lambda tf, x, y, z: tf.meshgrid(x, y, z, indexing="ij"),
        normal((2,), (3,), (1,)),
    ),
    Case(
        "Pack",
        "space-to-batch-paddings",
        lambda tf, n: list(tf.required_space_to_batch_paddings(n, [2, 3])),
        given(int32(5, 7)),
    ),
    Case(
        "Const",
        "space-to-batch-paddings",
        lambda tf: list(tf.required_space_to_batch_paddings([5, 7], [2, 3])),
        given(),
    ),
]
