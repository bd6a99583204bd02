"""Programs at the edges of what ops are defined for, each named by the rule that it shows.

NaN and infinities, empty tensors, products that overflow, what has no conversion. A program takes
the module and returns a Tensor or several; `golden/edges.npz` has what TensorFlow 1.15.5 computes
on a CPU, or the class of its error. TensorFlow 1.15 needs Python 3.7, so this file keeps to that.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

NAN, INF = np.nan, np.inf

# Four numbers a row: among others, or as all there is.
ROWS = np.array(
    [
        [NAN, 1, 2, 3],
        [1, NAN, 3, 2],
        [NAN, NAN, NAN, NAN],
        [-INF, -INF, -INF, -INF],
        [1, 2, NAN, NAN],
        [NAN, INF, 1, 2],
        [INF, INF, 1, 2],
        [-INF, NAN, -INF, NAN],
        [1, 1, 1, 1],
    ]
)

EDGES: dict[str, Any] = {}  # name: program


def edge(rule: str, *arguments: Any) -> Any:
    """Adds a program, or one for each dtype that is given."""

    def register(build: Any) -> Any:
        if not arguments:
            EDGES[rule] = build
        for argument in arguments:
            EDGES[f"{rule}, {argument}"] = functools.partial(_swapped, build, argument)
        return build

    return register


def _swapped(build: Any, argument: Any, tf: Any) -> Any:
    return build(tf, argument)


def with_slopes(tf: Any, y: Any, x: Any) -> list[Any]:
    """`y` and its gradients by `x`, where dy is 1, and where it is infinite."""
    infinite = tf.fill(tf.shape(y), tf.constant(INF, y.dtype))
    return [y, tf.gradients(y, x)[0], tf.gradients(y, x, infinite)[0]]


# ---- Element by element: all pairs of special numbers ----

FLOATS = np.array(
    [
        -INF,
        -3e4,
        -300,
        -11,
        -2.5,
        -1,
        -0.5,
        -1e-3,
        0,
        1e-3,
        0.5,
        1,
        1.5,
        2.5,
        11,
        300,
        3e4,
        INF,
        NAN,
    ]
)
INTS = np.array([-(2**30), -130, -3, -2, -1, 0, 1, 2, 3, 7, 31, 130, 2**30])

# op: names of its inputs
ONE_INPUT = (
    "Abs Acosh Asinh Atan Atanh Ceil Cos Cosh Erf Erfc Exp Expm1 Floor IsFinite IsInf IsNan Lgamma "
    "Log Log1p Neg Rint Round Sigmoid Sign Sin Sinh Sqrt Square Tan Tanh Reciprocal Digamma"
).split()
OF_FEATURES = "Elu Relu Relu6 Selu Softplus Softsign".split()
TWO_INPUTS = {
    "x y": "Add AddV2 Equal NotEqual Less LessEqual Greater GreaterEqual Maximum Minimum Mul Sub "
    "RealDiv FloorDiv FloorMod SquaredDifference DivNoNan MulNoNan Xdivy Xlogy Pow",
    "y dy": "InvGrad ReciprocalGrad RsqrtGrad SigmoidGrad SqrtGrad TanhGrad",
    "gradients features": "ReluGrad Relu6Grad SoftplusGrad SoftsignGrad",
    "gradients outputs": "EluGrad SeluGrad",
}


def _add_grids() -> None:
    first, second = (part.ravel() for part in np.meshgrid(FLOATS, FLOATS, indexing="ij"))
    kinds = ("float32", "float64")

    def one(op: str, name: str) -> None:
        @edge(f"{op} of special numbers", *kinds)
        def build(tf: Any, kind: str) -> Any:
            return getattr(tf.raw_ops, op)(**{name: tf.constant(FLOATS, kind)})

    def two(op: str, names: list[str]) -> None:
        @edge(f"{op} of special numbers", *kinds)
        def build(tf: Any, kind: str) -> Any:
            x, y = tf.constant(first, kind), tf.constant(second, kind)
            return getattr(tf.raw_ops, op)(**{names[0]: x, names[1]: y})

    for op in ONE_INPUT:
        one(op, "x")
    for op in OF_FEATURES:
        one(op, "features")
    for names, ops in TWO_INPUTS.items():
        for op in ops.split():
            two(op, names.split())


_add_grids()


@edge("divisions of whole numbers round down, or towards zero")
def _divisions(tf: Any) -> list[Any]:
    x, y = (part.ravel() for part in np.meshgrid(INTS, INTS[INTS != 0], indexing="ij"))
    x, y = tf.constant(x, tf.int32), tf.constant(y, tf.int32)
    ops = (tf.floordiv, tf.floormod, tf.truncatediv, tf.truncatemod, tf.div)
    return [op(x, y) for op in ops]


@edge("a leaky relu is x above 0 whatever alpha is", 0.0, 0.2, 1.0, 10.0, -1.0)
def _leaky(tf: Any, alpha: float) -> list[Any]:
    x = tf.constant(FLOATS, tf.float32)
    return with_slopes(tf, tf.nn.leaky_relu(x, alpha), x)


# ---- Maxima pass over NaN; their gradients go to the maximum alone ----

POOLS = {
    "apart": ([1, 2, 2, 1], [1, 2, 2, 1], "VALID"),
    "overlapping": ([1, 3, 3, 1], [1, 1, 1, 1], "SAME"),
    "of one": ([1, 1, 1, 1], [1, 1, 1, 1], "VALID"),
}
KINDS = ("float16", "float32", "float64")


@edge("a maximum of windows passes over NaN and starts from the lowest number", *POOLS)
def _max_pool(tf: Any, windows: str) -> list[Any]:
    results: list[Any] = []
    for kind in KINDS:
        x = tf.constant(ROWS.reshape(-1, 2, 2, 1), kind)
        results += with_slopes(tf, tf.nn.max_pool(x, *POOLS[windows]), x)
    return results


@edge("the position of a maximum is the first that nothing is greater than", *POOLS)
def _argmax_pool(tf: Any, windows: str) -> list[Any]:
    x = tf.constant(ROWS.reshape(-1, 2, 2, 1), tf.float32)
    y, positions = tf.nn.max_pool_with_argmax(x, *POOLS[windows])
    return [positions, *with_slopes(tf, y, x)]


@edge("what a maximum of windows does to an infinite second gradient")
def _second_gradient(tf: Any) -> Any:
    x = tf.constant(ROWS.reshape(-1, 2, 2, 1), tf.float32)
    window, strides, padding = POOLS["apart"]
    ddx = tf.constant(ROWS[::-1].reshape(-1, 2, 2, 1), tf.float32)
    return tf.raw_ops.MaxPoolGradGrad(
        orig_input=x,
        orig_output=tf.nn.max_pool(x, window, strides, padding),
        grad=ddx,
        ksize=window,
        strides=strides,
        padding=padding,
    )


@edge("a maximum of volumes passes over NaN and starts from minus infinity")
def _max_pool3d(tf: Any) -> Any:
    x = tf.constant(ROWS.reshape(-1, 1, 2, 2, 1), tf.float32)
    return tf.nn.max_pool3d(x, [1, 1, 2, 2, 1], [1, 1, 2, 2, 1], "VALID")


@edge("all maxima of a window of volumes have its gradient", "SAME", "VALID")
def _equal_maxima(tf: Any, padding: str) -> list[Any]:
    results: list[Any] = []
    numbers = np.array([0, 1, 2, 2, NAN, -INF, 0, 0, 1, 2, 0, INF] * 4, np.float32)
    for strides in ([1, 2, 2, 2, 1], [1, 1, 1, 1, 1]):
        x = tf.constant(numbers.reshape(1, 4, 3, 4, 1))
        results += with_slopes(tf, tf.nn.max_pool3d(x, [1, 2, 2, 2, 1], strides, padding), x)
    return results


@edge("a mean of windows of one channel has all channels, whatever their stride")
def _channel_stride(tf: Any) -> list[Any]:
    x = tf.constant(np.arange(96.0).reshape(1, 4, 4, 6))
    return with_slopes(tf, tf.nn.avg_pool(x, [1, 2, 2, 1], [1, 2, 1, 2], "SAME"), x)


@edge("extremes along an axis pass over NaN", *KINDS)
def _extremes(tf: Any, kind: str) -> list[Any]:
    x = tf.constant(ROWS, kind)
    results = [tf.argmax(x, 1), tf.argmin(x, 1), tf.argmax(x, 0), tf.reduce_max(x)]
    for function in (tf.reduce_max, tf.reduce_min):
        for axis in (0, 1):
            results += with_slopes(tf, function(x, axis), x)
    return results


@edge("the largest one passes over NaN", *KINDS)
def _largest(tf: Any, kind: str) -> list[Any]:
    x = tf.constant(ROWS[:-2], kind)
    values, positions = tf.nn.top_k(x, 1)
    return [positions, *with_slopes(tf, values, x)]


@edge("extremes of segments pass over NaN", *KINDS)
def _segments(tf: Any, kind: str) -> list[Any]:
    x, ids = tf.constant(ROWS.T.copy(), kind), tf.constant([0, 0, 2, 2])
    results: list[Any] = []
    for function in (tf.segment_max, tf.segment_min):
        results += with_slopes(tf, function(x, ids), x)
    return results


@edge("extremes of unsorted segments start from finite numbers", *KINDS)
def _unsorted_segments(tf: Any, kind: str) -> list[Any]:
    x, ids = tf.constant([[INF, -INF], [INF, -INF], [1, 2]], kind), tf.constant([0, 0, 2])
    results: list[Any] = []
    for function in (tf.unsorted_segment_max, tf.unsorted_segment_min):
        results += with_slopes(tf, function(x, ids, 4), x)
    return results


@edge("choices have the gradient of what is chosen, infinite or not", *KINDS)
def _choices(tf: Any, kind: str) -> list[Any]:
    x = tf.constant(FLOATS, kind)
    y = x[::-1]
    results: list[Any] = []
    for z in (tf.maximum(x, y), tf.minimum(x, y), tf.where(x > y, x, y), tf.abs(x)):
        results += with_slopes(tf, z, x)
    for z in (tf.clip_by_value(x, -1.0, 1.5), tf.nn.relu(x), tf.nn.relu6(x), tf.nn.elu(x)):
        results += with_slopes(tf, z, x)
    return results


# ---- Empty tensors ----


@edge("whole numbers that are not there are not divided by zero")
def _empty_division(tf: Any) -> list[Any]:
    none = tf.zeros([0], tf.int32)
    ops = (tf.floordiv, tf.floormod, tf.truncatediv, tf.truncatemod, tf.div)
    return [
        tf.reduce_mean(none),
        tf.reduce_mean(tf.zeros([2, 0], tf.int32), 1),
        tf.segment_mean(none, none),
        tf.pow(none, -1),
        *[op(none, 0) for op in ops],
        *[op(tf.zeros([0, 2], tf.int32), [0, 0]) for op in ops],
    ]


@edge("a sparse reduction over no axes reduces nothing")
def _no_axes(tf: Any) -> list[Any]:
    x = tf.SparseTensor([[0, 1], [1, 0]], [1.0, -2.0], [2, 2])
    results = [tf.sparse_reduce_sum(x, []), tf.sparse_reduce_max(x, [])]
    results += [tf.sparse_reduce_sum(x, [], keep_dims=True)]
    for function in (tf.sparse_reduce_sum_sparse, tf.sparse_reduce_max_sparse):
        part = function(x, [])
        results += [part.indices, part.values, part.dense_shape]
    return results


@edge("windows that fit nowhere are none where they miss by less than a step")
def _no_windows(tf: Any) -> list[Any]:
    x = tf.ones([1, 2, 2, 1])
    anything = tf.placeholder_with_default(x, None)
    return [
        tf.extract_image_patches(x, [1, 3, 3, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID"),
        tf.extract_image_patches(anything, [1, 4, 4, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID"),
        tf.extract_image_patches(anything, [1, 3, 3, 1], [1, 3, 3, 1], [1, 1, 1, 1], "VALID"),
    ]


@edge("windows that miss by a step and more are refused")
def _refused_windows(tf: Any) -> Any:
    anything = tf.placeholder_with_default(tf.ones([1, 2, 2, 1]), None)
    return tf.extract_image_patches(anything, [1, 4, 4, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID")


@edge("an axis that comes twice is reduced once", "Sum", "Max", "Mean", "EuclideanNorm")
def _axis_twice(tf: Any, op: str) -> Any:
    return getattr(tf.raw_ops, op)(input=tf.constant(FLOATS[5:14].reshape(3, 3)), axis=[1, -1, 1])


# ---- What does not rise, or is not there ----


@edge("indices of sparse tensors are taken as they come", 0, 1, 5)
def _sparse_indices(tf: Any, threshold: int) -> list[Any]:
    a = {"a_indices": [[3, 0], [1, 1], [1, 1], [0, 2]], "a_values": [1, 2, 4, 5]}
    b = {"b_indices": [[2, 0], [1, 1], [0, 3]], "b_values": [6, -2, 8]}
    shapes = {"a_shape": [4, 5], "b_shape": [4, 5]}
    a["a_indices"], b["b_indices"] = np.int64(a["a_indices"]), np.int64(b["b_indices"])
    results = list(tf.raw_ops.SparseAdd(thresh=threshold, **a, **b, **shapes))
    return results + list(tf.raw_ops.SparseSparseMaximum(**a, **b, **shapes))


@edge("the gradient of a sparse sum reads each of its indices once")
def _sparse_gradient(tf: Any) -> list[Any]:
    results: list[Any] = []
    for a, b, both in (
        ([3, 1], [2, 3], [2, 3, 1]),
        ([1, 1, 4], [2], [1, 2, 4]),
        ([4, 2, 1], [3], [3, 4, 2, 1]),
        ([4, 2, 1], [3], [1, 2, 3, 4]),
        ([2, 3, 1], [3], [1, 2, 3]),
    ):
        a, b, both = (np.int64(numbers)[:, None] for numbers in (a, b, both))
        dy = tf.range(1.0, len(both) + 1.0)
        results += tf.raw_ops.SparseAddGrad(
            backprop_val_grad=dy, a_indices=a, b_indices=b, sum_indices=both
        )
    return results


@edge("a box without area, which does not overlap itself, is chosen again", 0.5, 1.0)
def _boxes_without_area(tf: Any, threshold: float) -> list[Any]:
    boxes = tf.constant([[0, 0, 1, 1], [0, 0, 1, 0.9], [2, 2, 3, 3], [5, 5, 5, 6]], tf.float32)
    scores, square = tf.constant([0.5, 0.9, 0.7, 0.2]), tf.zeros([4, 4])
    return [
        tf.image.non_max_suppression(boxes, scores, 6, threshold),
        tf.image.non_max_suppression_overlaps(square, scores, 3, threshold),
    ]


@edge("boxes of equal scores come in the order of a heap", 0.0, 0.4)
def _equal_scores(tf: Any, sigma: float) -> list[Any]:
    random = np.random.RandomState(0)
    corners = random.rand(40, 2)
    boxes = np.concatenate([corners, corners + 0.3], 1).astype(np.float32)
    scores = (random.randint(0, 6, 40) / 6).astype(np.float32)
    return list(
        tf.raw_ops.NonMaxSuppressionV5(
            boxes=np.concatenate([boxes, boxes]),
            scores=np.concatenate([scores, scores]),
            max_output_size=30,
            iou_threshold=0.6,
            score_threshold=0.1,
            soft_nms_sigma=sigma,
        )
    )


@edge("an index beyond the dims goes round, a negative one backwards")
def _unravelled(tf: Any) -> Any:
    return tf.unravel_index([-37, 37, 60, 100, -1], [3, 4, 5])


@edge("classes that there are not have no probability")
def _no_class(tf: Any) -> Any:
    return tf.nn.fixed_unigram_candidate_sampler(
        np.int64([[-1, 3], [0, -4]]), 2, 4, False, 4, unigrams=[1.0, 2.0, 3.0, 4.0], seed=3
    )[1]


@edge("a gamma number of a negative alpha is none", -5.0, -0.5, 0.0)
def _gamma(tf: Any, alpha: float) -> Any:
    return tf.raw_ops.RandomGamma(shape=[3], alpha=tf.constant([alpha, 2.0]), seed=3, seed2=5)


# ---- One number that is not finite among many ----


@edge("a matrix with NaN has a determinant of zero, one with infinity has none", NAN, INF)
def _determinants(tf: Any, number: float) -> list[Any]:
    results: list[Any] = []
    for kind in (np.float32, np.complex128):
        x = tf.constant(np.array([[[number, 1], [1, 2]], [[3, 1], [1, 2]]], kind))
        results += [tf.matrix_determinant(x), *tf.linalg.slogdet(x)]
    return results


RESIZES = {
    "ResizeBilinear": [(False, False), (True, False), (False, True)],
    "ResizeBicubic": [(False, False), (True, False), (False, True)],
    "ResizeNearestNeighbor": [(False, False), (True, False), (False, True)],
    "ResizeArea": [(False, None), (True, None)],
}


@edge("a pixel that is not finite shows in those that are made of it alone", *RESIZES)
def _pixel(tf: Any, op: str) -> list[Any]:
    image = np.linspace(0, 1, 84).reshape(1, 6, 7, 2).astype(np.float32)
    image[0, 2, 3, 0], image[0, 4, 1, 1] = NAN, INF
    results: list[Any] = []
    for align_corners, half_pixel_centers in RESIZES[op]:
        for size in ([12, 7], [3, 3], [5, 8]):
            x, more = tf.constant(image), {"half_pixel_centers": half_pixel_centers}
            if half_pixel_centers is None:
                more = {}
            y = getattr(tf.raw_ops, op)(images=x, size=size, align_corners=align_corners, **more)
            results.append(y)
            if op != "ResizeArea":
                dy = tf.where(tf.is_finite(y), tf.ones_like(y), y)
                results += tf.gradients(y, x, dy)
    return results


# ---- Dtypes ----


@edge("a string is not cast to a number")
def _string_to_number(tf: Any) -> Any:
    return tf.cast(tf.constant(["1.5"]), tf.float32)


@edge("a number is not cast to a string")
def _number_to_string(tf: Any) -> Any:
    return tf.cast(tf.constant([1]), tf.string)


@edge("a complex number is true where its real part is not zero")
def _complex_to_bool(tf: Any) -> Any:
    return tf.cast(tf.constant([1 + 2j, 0, 2j, 3]), tf.bool)


@edge("the conjugate transpose of what is not complex is the transpose")
def _conjugate_transpose(tf: Any) -> list[Any]:
    arrays = ([[True, False]], [["a", "b"]], np.array([[1, 2]], np.uint8), [[1j, 2]])
    return [tf.raw_ops.ConjugateTranspose(x=tf.constant(x), perm=[1, 0]) for x in arrays]


@edge("bytes that are no UTF-8 become the sign for that")
def _no_letters(tf: Any) -> list[Any]:
    texts = [b"\xff", b"A\xc3", b"\xe2\x82a", b"\xc3\x89\xc3\xa9", b"stra\xc3\x9fe"]
    ops = (tf.raw_ops.StringLower, tf.raw_ops.StringUpper)
    return [op(input=texts, encoding=code) for op in ops for code in ("", "utf-8")]


@edge("all bytes of a complex number are turned round")
def _big_endian(tf: Any) -> list[Any]:
    kinds = (tf.complex64, tf.complex128, tf.int32, tf.float64)
    return [tf.decode_raw([bytes(range(16))], kind, little_endian=False) for kind in kinds]


@edge("empty strings in front are joined without separators")
def _joined_segments(tf: Any) -> Any:
    texts, segments = ["", "", "a", "", "", "b", "c", ""], [0, 0, 1, 1, 2, 2, 3, 4]
    return tf.strings.unsorted_segment_join(texts, segments, 6, separator=":")


@edge("strings add up where indices repeat")
def _strings(tf: Any) -> Any:
    return tf.scatter_nd([[1], [1], [0]], ["b", "c", "a"], [3])


@edge("a string that no index names is empty")
def _stitched_strings(tf: Any) -> Any:
    return tf.dynamic_stitch([[0, 2]], [["a", "b"]])


@edge("quantized values are fetched as whole numbers")
def _quantized(tf: Any) -> list[Any]:
    numbers = tf.constant([[0, 10], [20, 30]])
    return [tf.cast(numbers, kind) for kind in (tf.qint8, tf.quint8, tf.qint32)]


@edge("in float16 a power has the gradient of products from the left")
def _powers(tf: Any) -> list[Any]:
    x, y = tf.constant([6.0, 2, 30], tf.float16), tf.constant([6.0, 10, 3], tf.float16)
    dz = tf.constant([0.5, 0, 1], tf.float16)
    return tf.gradients(tf.pow(x, y), [x, y], dz)


@edge("weighted moments of float16 do not overflow")
def _moments(tf: Any) -> list[Any]:
    numbers = np.linspace(100, 110, 40000).reshape(200, 200)
    x, weights = tf.constant(numbers, tf.float16), tf.ones([200, 200], tf.float16)
    return list(tf.nn.weighted_moments(x, [0, 1], weights))


# ---- Arrays of tensors ----


@edge("what is written after a split has no part in its gradient")
def _split(tf: Any) -> Any:
    x = tf.constant([1.0, 2.0, 3.0])
    array = tf.TensorArray(tf.float32, 3, dynamic_size=True, infer_shape=False)
    y = array.split(x, [1, 1, 1]).write(3, [4.0]).concat()
    return [y, *tf.gradients(y, x, [tf.constant([10.0, 20.0, 30.0, 40.0])])]


# ---- Shapes that only the run knows ----


@edge("the statistics of an empty batch are NaN")
def _empty_batch(tf: Any) -> list[Any]:
    nothing = tf.zeros([0, 2, 2, 2])
    return list(tf.nn.fused_batch_norm(nothing, [1.0, 2.0], [0.0, 1.0], epsilon=0.1))


def _hidden(tf: Any, *shape: int) -> Any:
    """Ones of a shape that the graph does not know."""
    return tf.placeholder_with_default(tf.ones(shape), None)


@edge("crops beyond what they crop are refused", 3, 4)
def _crops(tf: Any, size: int) -> Any:
    crops = tf.placeholder_with_default([[size, 1], [0, 0]], [2, 2])
    return tf.batch_to_space_nd(tf.ones([4, 2, 2, 1]), [2, 2], crops)


@edge("the gradient of a convolution by its input has the batch of its output", 1, 2)
def _input_gradient(tf: Any, batch: int) -> Any:
    sizes = tf.placeholder_with_default([batch, 3, 3, 2], [4])
    filters, dy = _hidden(tf, 2, 2, 2, 3), _hidden(tf, 1, 2, 2, 3)
    return tf.nn.conv2d_backprop_input(sizes, filters, dy, [1, 1, 1, 1], "VALID")


@edge("the gradient of a convolution by its filter has the channels of both sides", 2, 5)
def _filter_gradient(tf: Any, channels: int) -> Any:
    sizes = tf.placeholder_with_default([2, 2, channels, 3], [4])
    x, dy = _hidden(tf, 1, 3, 3, 2), _hidden(tf, 1, 2, 2, 3)
    return tf.nn.conv2d_backprop_filter(x, sizes, dy, [1, 1, 1, 1], "VALID")


@edge("the gradient of a depthwise convolution has the batch of its output", 1, 2)
def _depthwise_gradient(tf: Any, batch: int) -> Any:
    return tf.raw_ops.DepthwiseConv2dNativeBackpropInput(
        input_sizes=tf.placeholder_with_default([batch, 3, 3, 2], [4]),
        filter=_hidden(tf, 2, 2, 2, 3),
        out_backprop=_hidden(tf, 1, 2, 2, 6),
        strides=[1, 1, 1, 1],
        padding="VALID",
    )
