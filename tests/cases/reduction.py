"""Records of tfsession/ops/reduction.py."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.record import FLOATS, INTS, NUMBERS, WIDE_FLOATS, Case, normal

ALL_FLOATS = (*FLOATS, "bfloat16")
COMPLEX = ("complex64", "complex128")


def _small(*shapes: tuple[int, ...]) -> Any:
    """Inputs: distinct numbers, so that extremes are unique, of few digits."""

    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        arrays = []
        for shape in shapes:
            count = int(np.prod(shape))
            numbers = rng.permutation(count) + 1
            if np.dtype(dtype).kind not in "iu":
                numbers = (numbers - count / 2) / 8
            arrays.append(numbers.reshape(shape).astype(dtype))
        return arrays

    return make


def _bools(shape: tuple[int, ...]) -> Any:
    return lambda rng, dtype: [rng.integers(0, 2, shape).astype(bool)]


def _call(name: str, *extra: Any, **arguments: Any) -> Callable[..., Any]:
    """Builds with a public function, with further arguments."""
    return lambda tf, *tensors: getattr(tf, name)(*tensors, *extra, **arguments)


# ---- Sum, Mean, Prod, Max, Min, All, Any, EuclideanNorm ----

# How a reduction is called, on a tensor of shape [2, 3, 4].
CALLS: dict[str, dict[str, Any]] = {
    "all_axes": {},
    "first": {"axis": 0},
    "middle": {"axis": 1},
    "last": {"axis": -1},
    "two": {"axis": [0, 2]},
    "kept": {"axis": [1, -1], "keepdims": True},
    "none": {"axis": []},
    "older_names": {"reduction_indices": [1], "keep_dims": True},
}
FUNCTIONS = {
    "Sum": "reduce_sum",
    "Mean": "reduce_mean",
    "Prod": "reduce_prod",
    "Max": "reduce_max",
    "Min": "reduce_min",
}


def _reduce(name: str, arguments: dict[str, Any]) -> Callable[..., Any]:
    return lambda tf, x: getattr(tf, name)(x, **arguments)


def log_sums(x, axis, exclusive, reverse):
    """Logarithms of running sums of exponentials."""
    moved = np.moveaxis(x.astype(np.float64), axis, 0)[:: -1 if reverse else 1]
    sums = np.logaddexp.accumulate(moved)
    if exclusive:
        nothing = np.full_like(sums[:1], np.finfo(x.dtype).min)
        sums = np.concatenate([nothing, sums[:-1]])
    return np.moveaxis(sums[:: -1 if reverse else 1], 0, axis).astype(x.dtype)


CASES: list[Case] = []
for _op, _name in FUNCTIONS.items():
    CASES += [
        Case(_op, variant, _reduce(_name, arguments), _small((2, 3, 4)), dtypes=WIDE_FLOATS)
        for variant, arguments in CALLS.items()
    ]
    CASES += [
        Case(_op, "scalar", _reduce(_name, {}), normal(()), dtypes=("float32", "int32")),
        Case(
            _op,
            "axes_fed",
            lambda tf, x, a, name=_name: getattr(tf, name)(x, a),
            lambda rng, dtype: [
                rng.uniform(1, 2, (2, 3, 4)).astype(dtype),
                np.array([-1, 0], np.int32),
            ],
        ),
    ]
CASES += [
    Case(
        "Sum",
        "dtypes",
        _reduce("reduce_sum", {"axis": 1}),
        normal((3, 4)),
        dtypes=("float16", "bfloat16", *INTS, "uint8", *COMPLEX),
    ),
    Case(
        "Mean",
        "dtypes",
        _reduce("reduce_mean", {"axis": 1}),
        normal((3, 5)),
        dtypes=("float16", *INTS, *COMPLEX),
    ),
    Case(
        "Prod",
        "dtypes",
        _reduce("reduce_prod", {"axis": 1}),
        normal((3, 3)),
        dtypes=("float16", "bfloat16", *INTS, *COMPLEX),
    ),
    Case(
        "Max",
        "dtypes",
        _reduce("reduce_max", {"axis": 1}),
        normal((3, 4)),
        dtypes=("float16", "bfloat16", *INTS, "uint8"),
    ),
    Case(
        "Min",
        "dtypes",
        _reduce("reduce_min", {"axis": 1}),
        normal((3, 4)),
        dtypes=("float16", "bfloat16", *INTS, "uint8"),
    ),
    Case(
        "Prod",
        "zeros",
        _reduce("reduce_prod", {"axis": 1}),
        lambda rng, dtype: [np.array([[0, 2, 3], [0, 0, 4], [1, 2, 3]], dtype)],
    ),
    *[
        Case(
            op,
            "empty",
            _reduce(name, {"axis": 1}),
            normal((2, 0)),
            dtypes=NUMBERS if op != "Mean" else WIDE_FLOATS,
            gradient=False,
        )
        for op, name in FUNCTIONS.items()
    ],
    *[
        Case(
            op,
            variant,
            _reduce(f"reduce_{op.lower()}", arguments),
            _bools((2, 3, 4)),
            dtypes=("bool",),
        )
        for op in ("All", "Any")
        for variant, arguments in CALLS.items()
    ],
    *[
        Case(
            "EuclideanNorm",
            variant,
            lambda tf, x, a=arguments: tf.math.reduce_euclidean_norm(x, **a),
            normal((2, 3, 4)),
            dtypes=WIDE_FLOATS,
        )
        for variant, arguments in CALLS.items()
        if variant not in ("older_names", "none")
    ],
]

# ---- Composed reductions ----

CASES += [
    *[
        Case(
            "Sum", f"logsumexp_{variant}", _reduce("reduce_logsumexp", arguments), normal((2, 3, 4))
        )
        for variant, arguments in CALLS.items()
        if variant != "none"
    ],
    Case(
        "Sum",
        "logsumexp_large",
        _reduce("reduce_logsumexp", {"axis": 1}),
        lambda rng, dtype: [np.array([[1000.0, 1000.0], [-np.inf, -np.inf]], dtype)],
        gradient=False,
    ),
    Case(
        "Mean",
        "variance",
        lambda tf, x: tf.math.reduce_variance(x, 1),
        normal((3, 4)),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "Mean",
        "std",
        lambda tf, x: tf.math.reduce_std(x, [0, 1], True),
        normal((3, 4)),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "Sum",
        "count_nonzero",
        lambda tf, x: [tf.count_nonzero(x), tf.count_nonzero(x, 1, keepdims=True, dtype=tf.int32)],
        lambda rng, dtype: [rng.integers(0, 2, (3, 4)).astype(dtype)],
        dtypes=("bool", *NUMBERS),
        gradient=False,
    ),
]

# ---- ArgMax, ArgMin ----


def _extremes(name: str) -> Callable[..., Any]:
    return lambda tf, x: [
        getattr(tf, name)(x),
        getattr(tf, name)(x, 1),
        getattr(tf, name)(x, axis=-1, output_type=tf.int32),
        getattr(tf, name)(x, dimension=0),
    ]


CASES += [
    Case(
        op,
        "",
        _extremes(op.lower()),
        _small((4, 5)),
        dtypes=(*ALL_FLOATS, *INTS, "uint8"),
    )
    for op in ("ArgMax", "ArgMin")
]
CASES += [
    Case(
        op,
        "ties",
        _call(op.lower(), 1),
        lambda rng, dtype: [np.array([[1, 2, 2, 1]], dtype)],
    )
    for op in ("ArgMax", "ArgMin")
]
CASES += [
    Case(
        op,
        "not a number",
        _call(op.lower(), 1),
        lambda rng, dtype: [
            np.array([[1, np.nan, 2, -1], [np.nan] * 4, [np.nan, 3, 1, np.nan]], dtype)
        ],
        dtypes=("float32", "float64"),
        expected=lambda x, places=places: np.array(places),
        same_on_gpu=False,
    )
    for op, places in (("ArgMax", [2, 0, 1]), ("ArgMin", [3, 0, 2]))
]

# ---- Cumsum, Cumprod ----


def _running(name: str, exclusive: bool, reverse: bool) -> Callable[..., Any]:
    return lambda tf, x: [
        getattr(tf, name)(x, exclusive=exclusive, reverse=reverse),
        getattr(tf, name)(x, -1, exclusive, reverse),
    ]


CASES += [
    Case(
        op,
        f"{'exclusive' if exclusive else 'inclusive'}{'_reverse' if reverse else ''}",
        _running(op.lower(), exclusive, reverse),
        lambda rng, dtype: [
            (rng.integers(4, 9, (3, 4)) / (1 if dtype.kind in "iu" else 4)).astype(dtype)
        ],
        dtypes=(*FLOATS, *INTS),
    )
    for op in ("Cumsum", "Cumprod")
    for exclusive in (False, True)
    for reverse in (False, True)
]

# ---- Segments ----

IDS = np.array([0, 0, 2, 2, 2, 5], np.int32)
SCATTERED = np.array([2, 0, 2, -1, 0, 4], np.int32)


def _rows(ids: np.ndarray, *tail: int) -> Any:
    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        return [*_small((*ids.shape, *tail))(rng, dtype), ids]

    return make


for _kind in ("Sum", "Mean", "Prod", "Max", "Min"):
    CASES += [
        Case(
            f"Segment{_kind}",
            variant,
            _call(f"segment_{_kind.lower()}"),
            _rows(IDS, *tail),
            dtypes=NUMBERS,
        )
        for variant, tail in (("", ()), ("rows", (3,)))
    ]
    if _kind == "Mean":
        continue
    CASES += [
        Case(
            f"UnsortedSegment{_kind}",
            variant,
            _call(f"unsorted_segment_{_kind.lower()}", 6),
            _rows(ids, *tail),
            dtypes=NUMBERS,
            # Segments without rows hold the ends of the range, which no difference survives.
            gradient=variant == "all_segments" or _kind not in ("Max", "Min"),
        )
        for variant, ids, tail in (
            ("", SCATTERED, ()),
            ("rows", SCATTERED, (3,)),
            ("matrix_of_ids", SCATTERED.reshape(2, 3), (2,)),
            ("all_segments", np.array([3, 0, 2, -1, 1, 5, 4, 3], np.int32), (2,)),
        )
    ]
CASES += [
    Case(
        "SegmentSum",
        "halves",
        lambda tf, x, ids: tf.segment_sum(x, ids),
        _rows(IDS, 3),
        dtypes=("float16", "bfloat16"),
    ),
    Case(
        "UnsortedSegmentSum",
        "mean",
        lambda tf, x, ids: tf.unsorted_segment_mean(x, ids, 6),
        _rows(SCATTERED, 3),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "UnsortedSegmentSum",
        "sqrt_n",
        lambda tf, x, ids: tf.unsorted_segment_sqrt_n(x, ids, 6),
        _rows(SCATTERED, 3),
        dtypes=WIDE_FLOATS,
    ),
]

# ---- Bincount ----

CASES += [
    Case(
        "Bincount",
        "",
        lambda tf, x: [
            tf.bincount(x),
            tf.bincount(x, minlength=9),
            tf.bincount(x, maxlength=3),
            tf.bincount(x, weights=tf.to_float(x) / 2),
        ],
        lambda rng, dtype: [np.array([1, 1, 2, 5, 0, 2], np.int32)],
        dtypes=("int32",),
    ),
    *(
        Case(
            "CumulativeLogsumexp",
            f"{'exclusive ' * exclusive}{'reverse ' * reverse}axis {axis}",
            lambda tf, x, axis=axis, exclusive=exclusive, reverse=reverse: (
                tf.math.cumulative_logsumexp(x, axis, exclusive, reverse)
            ),
            normal((3, 5)),
            dtypes=FLOATS,
            expected=functools.partial(log_sums, axis=axis, exclusive=exclusive, reverse=reverse),
            gradient=not exclusive,
            # Of nothing TensorFlow 2.21 has minus infinity.
            golden=not exclusive,
        )
        for axis, exclusive, reverse in (
            (0, False, False),
            (1, True, False),
            (-1, False, True),
            (0, True, True),
        )
    ),
]
