"""Records of tfsession/ops/math.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.record import FLOATS, INTS, NUMBERS, WIDE_FLOATS, Case, normal, positive

ALL_FLOATS = (*FLOATS, "bfloat16")
COMPLEX = ("complex64", "complex128")

Inputs = Callable[[np.random.Generator, np.dtype], list[Any]]


def within(low: float, high: float, *shapes: tuple[int, ...]) -> Inputs:
    """Inputs: numbers between two bounds; complex ones have both parts there."""

    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        arrays = []
        for size in shapes:
            array = np.asarray(rng.uniform(low, high, size))
            if np.dtype(dtype).kind == "c":
                array = array + 1j * rng.uniform(low, high, size)
            arrays.append(np.asarray(array).astype(dtype))
        return arrays

    return make


def values(*arrays: Any) -> Inputs:
    """Inputs: these numbers, in the record's dtype."""

    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        return [np.array(array).astype(dtype) for array in arrays]

    return make


def bools(*shapes: tuple[int, ...]) -> Inputs:
    """Inputs: truth values."""

    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        return [rng.integers(0, 2, size).astype(bool) for size in shapes]

    return make


def raw(op: str, *names: str, **attributes: Any) -> Callable[..., Any]:
    """Builds an op that has no public function."""

    def build(tf: Any, *tensors: Any) -> Any:
        made = getattr(tf.raw_ops, op)(**dict(zip(names, tensors, strict=True)), **attributes)
        return list(made) if isinstance(made, tuple) else made

    return build


def public(name: str) -> Callable[..., Any]:
    """Builds with a public function, of tf or tf.math."""

    def build(tf: Any, *tensors: Any) -> Any:
        return getattr(tf if hasattr(tf, name) else tf.math, name)(*tensors)

    return build


# ---- Element by element, one input ----

# op: (public name, lower bound, upper bound, complex too)
UNARY: dict[str, tuple[str, float, float, bool]] = {
    "Acos": ("acos", -0.9, 0.9, False),
    "Acosh": ("acosh", 1.1, 3.0, True),
    "Asin": ("asin", -0.9, 0.9, False),
    "Asinh": ("asinh", -3.0, 3.0, True),
    "Atan": ("atan", -3.0, 3.0, False),
    "Atanh": ("atanh", -0.9, 0.9, True),
    "Cos": ("cos", -3.0, 3.0, True),
    "Cosh": ("cosh", -3.0, 3.0, True),
    "Exp": ("exp", -3.0, 3.0, True),
    "Expm1": ("expm1", -1.0, 1.0, True),
    "Log": ("log", 0.1, 3.0, True),
    "Log1p": ("log1p", -0.5, 3.0, True),
    "Reciprocal": ("reciprocal", 0.5, 2.0, True),
    "Rsqrt": ("rsqrt", 0.5, 3.0, True),
    "Sigmoid": ("sigmoid", -4.0, 4.0, True),
    "Sin": ("sin", -3.0, 3.0, True),
    "Sinh": ("sinh", -3.0, 3.0, True),
    "Sqrt": ("sqrt", 0.1, 3.0, True),
    "Square": ("square", -3.0, 3.0, True),
    "Tan": ("tan", -1.0, 1.0, True),
    "Tanh": ("tanh", -3.0, 3.0, True),
}
CASES: list[Case] = []
for _op, (_name, _low, _high, _is_complex) in UNARY.items():
    CASES += [
        Case(
            _op,
            "",
            public(_name),
            within(_low, _high, (3, 4)),
            dtypes=ALL_FLOATS + (COMPLEX if _is_complex else ()),
        ),
        Case(_op, "scalar", public(_name), within(_low, _high, ())),
        Case(_op, "empty", public(_name), within(_low, _high, (0, 2)), gradient=False),
    ]

CASES += [
    Case("Abs", "", public("abs"), normal((3, 4)), dtypes=(*ALL_FLOATS, *INTS)),
    Case("Neg", "", public("negative"), normal((3, 4)), dtypes=(*ALL_FLOATS, *INTS, *COMPLEX)),
    Case("Sign", "", public("sign"), normal((3, 4)), dtypes=(*ALL_FLOATS, *INTS)),
    Case("Sign", "complex", public("sign"), within(-2, 2, (3,)), dtypes=COMPLEX),
    Case("Square", "integers", public("square"), normal((3, 4)), dtypes=INTS),
    Case("Inv", "", raw("Inv", "x"), within(0.5, 2.0, (3, 4)), dtypes=FLOATS),
    *[
        Case(
            op,
            "",
            public(op.lower()),
            values([-2.5, -1.5, -0.4, 0.0, 0.5, 1.5, 2.5, 3.2]),
            dtypes=ALL_FLOATS if op != "Rint" else WIDE_FLOATS,
        )
        for op in ("Ceil", "Floor", "Rint", "Round")
    ],
    *[
        Case(op, "", public(name), values([1.0, -np.inf, np.inf, np.nan]), dtypes=ALL_FLOATS)
        for op, name in (("IsFinite", "is_finite"), ("IsInf", "is_inf"), ("IsNan", "is_nan"))
    ],
    Case("LogicalNot", "", public("logical_not"), bools((2, 3)), dtypes=("bool",)),
    Case(
        "Invert",
        "",
        lambda tf, x: tf.bitwise.invert(x),
        normal((5,)),
        dtypes=("int8", "uint8", "int32", "int64"),
    ),
    Case(
        "Sigmoid",
        "saturated",
        public("sigmoid"),
        values([-200.0, -20.0, 20.0, 200.0]),
        dtypes=WIDE_FLOATS,
        gradient=False,
    ),
    Case(
        "Neg",
        "log_sigmoid",
        lambda tf, x: tf.log_sigmoid(x),
        within(-3, 3, (4,)),
        dtypes=WIDE_FLOATS,
    ),
]

# ---- Element by element, gradients in terms of the output ----

CASES += [
    Case(
        op, "", raw(op, "y", "dy"), within(0.2, 0.9, (3, 4), (3, 4)), dtypes=(*ALL_FLOATS, *COMPLEX)
    )
    for op in ("InvGrad", "ReciprocalGrad", "RsqrtGrad", "SigmoidGrad", "SqrtGrad", "TanhGrad")
]

# ---- Broadcasts ----


def _shapes(*shapes: tuple[int, ...]) -> Inputs:
    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        return [np.array(shape, dtype) for shape in shapes]

    return make


CASES += [
    Case(
        "BroadcastGradientArgs",
        variant,
        lambda tf, a, b: list(tf.raw_ops.BroadcastGradientArgs(s0=a, s1=b)),
        _shapes(*shapes),
        dtypes=INTS,
    )
    for variant, shapes in {
        "equal": ((2, 3), (2, 3)),
        "row": ((2, 3), (3,)),
        "both": ((2, 1, 4), (3, 1)),
        "scalar": ((), (2, 2)),
    }.items()
]

# The pairs of shapes that every gradient of a broadcast goes through.
PAIRS = {
    "": ((3, 4), (3, 4)),
    "row": ((3, 4), (4,)),
    "column": ((3, 4), (3, 1)),
    "outer": ((3, 1), (1, 4)),
    "left_scalar": ((), (3, 4)),
    "ranks": ((2, 1, 4), (3, 1)),
}
for _op, _name in (
    ("Add", "add"),
    ("Mul", "multiply"),
    ("Sub", "subtract"),
    ("RealDiv", "realdiv"),
):
    CASES += [
        Case(
            _op,
            variant,
            public(_name),
            within(0.5, 2.0, *shapes),
            dtypes=(*ALL_FLOATS, *COMPLEX) if not variant else ("float32",),
        )
        for variant, shapes in PAIRS.items()
    ]
CASES += [
    Case("AddV2", variant, lambda tf, x, y: x + y, normal(*shapes), dtypes=("float32", "int32"))
    for variant, shapes in PAIRS.items()
]

# ---- Element by element, two inputs ----


def _bytes(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    return [np.array([b"ab", b"", b"\x00c"], object), np.array(b"xy", object)]


def _signs(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    x = np.array([7, -7, 7, -7, 6, -6, 0, 1])
    y = np.array([3, 3, -3, -3, 3, -3, 5, 7])
    return [x.astype(dtype), y.astype(dtype)]


def _real_signs(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    x = np.array([7.5, -7.5, 7.5, -7.5, 6.0, 0.25])
    y = np.array([2.0, 2.0, -2.0, -2.0, 4.0, 7.0])
    return [x.astype(dtype), y.astype(dtype)]


def _some_zero(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    return [np.array([0, 1, 0, 2.5], dtype), np.array([1, 0, 0, 2], dtype)]


CASES += [
    Case("Add", "strings", public("add"), _bytes, dtypes=("string",), gradient=False),
    Case("Add", "integers", public("add"), normal((5,), (5,)), dtypes=("int8", "uint8", *INTS)),
    Case(
        "Mul", "integers", public("multiply"), normal((5,), (5,)), dtypes=("int8", "uint8", *INTS)
    ),
    Case("Sub", "integers", public("subtract"), normal((5,), (5,)), dtypes=INTS),
    Case(
        "Div", "", lambda tf, x, y: tf.raw_ops.Div(x=x, y=y), _signs, dtypes=(*WIDE_FLOATS, *INTS)
    ),
    Case("TruncateDiv", "", public("truncatediv"), _signs, dtypes=INTS),
    Case("FloorDiv", "", public("floordiv"), _signs, dtypes=(*WIDE_FLOATS, *INTS)),
    Case("FloorDiv", "fractions", public("floordiv"), _real_signs, dtypes=ALL_FLOATS),
    Case("FloorMod", "", public("floormod"), _signs, dtypes=INTS),
    Case("FloorMod", "fractions", public("floormod"), _real_signs, dtypes=FLOATS),
    Case("Mod", "", raw("Mod", "x", "y"), _signs, dtypes=INTS),
    Case("Mod", "fractions", raw("Mod", "x", "y"), _real_signs, dtypes=WIDE_FLOATS),
    Case("TruncateMod", "", public("truncatemod"), _signs, dtypes=(*WIDE_FLOATS, *INTS)),
    Case(
        "Pow", "", public("pow"), within(0.5, 2.0, (3, 4), (3, 4)), dtypes=(*ALL_FLOATS, *COMPLEX)
    ),
    Case("Pow", "row", public("pow"), within(0.5, 2.0, (3, 4), (4,))),
    Case("Pow", "square", lambda tf, x: x**2, normal((3, 4)), dtypes=(*FLOATS, *INTS)),
    Case("Pow", "cube", lambda tf, x: x**3, normal((3, 4)), dtypes=NUMBERS),
    Case("Pow", "negative_base", lambda tf, x: x**2.0, within(-2, -1, (4,)), dtypes=WIDE_FLOATS),
    Case("Maximum", "", public("maximum"), normal((3, 4), (4,)), dtypes=(*ALL_FLOATS, *INTS)),
    Case("Minimum", "", public("minimum"), normal((3, 4), (4,)), dtypes=(*ALL_FLOATS, *INTS)),
    Case(
        "SquaredDifference",
        "",
        public("squared_difference"),
        normal((3, 4), (4,)),
        dtypes=(*ALL_FLOATS, *INTS),
    ),
    Case("Atan2", "", lambda tf, y, x: tf.atan2(y, x), normal((3, 4), (4,)), dtypes=ALL_FLOATS),
    Case("DivNoNan", "", public("div_no_nan"), _some_zero, dtypes=WIDE_FLOATS, gradient=False),
    Case("DivNoNan", "smooth", public("div_no_nan"), within(0.5, 2, (3, 4), (4,))),
    Case(
        "MulNoNan",
        "",
        raw("MulNoNan", "x", "y"),
        values([np.nan, np.inf, 2], [0, 0, 3]),
        gradient=False,
    ),
    Case(
        "MulNoNan",
        "smooth",
        raw("MulNoNan", "x", "y"),
        within(0.5, 2, (3, 4), (4,)),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "Xdivy", "", lambda tf, x, y: tf.math.xdivy(x, y), _some_zero, dtypes=FLOATS, gradient=False
    ),
    Case("Xdivy", "smooth", lambda tf, x, y: tf.math.xdivy(x, y), within(0.5, 2, (3, 4), (4,))),
    Case(
        "Xlogy", "", lambda tf, x, y: tf.math.xlogy(x, y), _some_zero, dtypes=FLOATS, gradient=False
    ),
    Case("Xlogy", "smooth", lambda tf, x, y: tf.math.xlogy(x, y), within(0.5, 2, (3, 4), (4,))),
    *[
        Case(
            op,
            "",
            public(name),
            lambda rng, dtype: [rng.integers(0, 3, s).astype(dtype) for s in ((3, 4), (4,))],
            dtypes=(*ALL_FLOATS, *INTS, "uint8"),
        )
        for op, name in (
            ("Equal", "equal"),
            ("NotEqual", "not_equal"),
            ("Greater", "greater"),
            ("GreaterEqual", "greater_equal"),
            ("Less", "less"),
            ("LessEqual", "less_equal"),
        )
    ],
    Case(
        "Equal",
        "strings",
        public("equal"),
        lambda rng, dtype: [np.array([b"a", b"b"], object), np.array([b"a", b"c"], object)],
        dtypes=("string",),
    ),
    Case("Equal", "bools", public("equal"), bools((6,), (6,)), dtypes=("bool",)),
    Case(
        "ApproximateEqual",
        "",
        raw("ApproximateEqual", "x", "y", tolerance=0.25),
        values([1.0, 2.0, -1.0], [1.125, 2.5, -1.0]),
        dtypes=WIDE_FLOATS,
    ),
    Case("LogicalAnd", "", public("logical_and"), bools((2, 3), (3,)), dtypes=("bool",)),
    Case("LogicalOr", "", public("logical_or"), bools((2, 3), (3,)), dtypes=("bool",)),
    Case("LogicalAnd", "xor", public("logical_xor"), bools((8,), (8,)), dtypes=("bool",)),
    *[
        Case(
            op,
            "",
            lambda tf, x, y, name=name: getattr(tf.bitwise, name)(x, y),
            normal((3, 4), (4,)),
            dtypes=("int8", "uint8", *INTS),
        )
        for op, name in (
            ("BitwiseAnd", "bitwise_and"),
            ("BitwiseOr", "bitwise_or"),
            ("BitwiseXor", "bitwise_xor"),
        )
    ],
    *[
        Case(
            op,
            "",
            lambda tf, x, y, name=name: getattr(tf.bitwise, name)(x, y),
            values([1, 5, 100, 64], [0, 2, 3, 7]),
            dtypes=("int8", "uint8", *INTS),
        )
        for op, name in (("LeftShift", "left_shift"), ("RightShift", "right_shift"))
    ],
]

# ---- Composed functions ----

CASES += [
    Case(
        "RealDiv",
        "truediv",
        lambda tf, x, y: x / y,
        _signs,
        dtypes=("int8", *NUMBERS),
        gradient=False,
    ),
    Case("FloorDiv", "operator", lambda tf, x, y: x // y, _signs, dtypes=NUMBERS),
    Case("FloorMod", "operator", lambda tf, x, y: x % y, _signs, dtypes=INTS),
    Case("RealDiv", "div", lambda tf, x, y: tf.div(x, y), _signs, dtypes=("float32",)),
    Case("FloorDiv", "div", lambda tf, x, y: tf.div(x, y), _signs, dtypes=INTS),
    Case(
        "AddV2",
        "operators",
        lambda tf, x: [1 + x, x - 1, 2 - x, 2 * x, x / 2, 2 / x, -x, abs(x), 2**x, x**2],
        positive((3,)),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "Less",
        "operators",
        lambda tf, x, y: [
            x < y,
            x <= y,
            x > y,
            x >= y,
            ~(x < y),
            (x < y) & (y > 0),
            (x < y) | (x > 1),
        ],
        normal((4,), (4,)),
        dtypes=NUMBERS,
    ),
    Case("Mul", "scalar_mul", lambda tf, x: tf.scalar_mul(3.0, x), normal((3,))),
    Case(
        "AddV2", "polyval", lambda tf, a, b, x: tf.math.polyval([a, b, a], x), normal((), (), (4,))
    ),
]

# ---- Casts and complex numbers ----

for _target in (
    "bool",
    "int32",
    "int64",
    "uint8",
    "float16",
    "float32",
    "float64",
    "bfloat16",
    "complex64",
):
    CASES.append(
        Case(
            "Cast",
            _target,
            lambda tf, x, target=_target: tf.cast(x, target),
            values([0, 1, 2.5, 3.75, 100]),
            dtypes=("bool", "uint8", *INTS, *ALL_FLOATS),
            gradient=_target == "float64",
            tolerance=1e-3 if _target in ("float16", "bfloat16") else 1e-6,
        )
    )
CASES += [
    Case(
        "Cast", "negative", lambda tf, x: tf.cast(x, tf.int32), values([-2.75, -0.5]), dtypes=FLOATS
    ),
    Case(
        "Cast",
        "saturate",
        lambda tf, x: tf.saturate_cast(x, tf.uint8),
        values([-5, 7, 300]),
        dtypes=("float32", "int32"),
    ),
    Case("Cast", "to_float", lambda tf, x: tf.to_float(x), normal((3,)), dtypes=INTS),
    Case("ComplexAbs", "", public("abs"), within(-2, 2, (3, 4)), dtypes=COMPLEX),
    *[
        Case(op, "", public(op.lower()), within(-2, 2, (3, 4)), dtypes=COMPLEX)
        for op in ("Real", "Imag", "Angle", "Conj")
    ],
    Case(
        "Complex",
        "",
        lambda tf, x, y: tf.complex(x, y),
        normal((3, 4), (4,)),
        dtypes=WIDE_FLOATS,
    ),
    *[
        Case(
            op,
            "gradient",
            lambda tf, x, y, name=name: getattr(tf, name)(tf.complex(x, y) * tf.complex(y, x)),
            within(0.5, 2, (3, 4), (4,)),
        )
        for op, name in (
            ("Real", "real"),
            ("Imag", "imag"),
            ("Angle", "angle"),
            ("ComplexAbs", "abs"),
        )
    ],
    Case(
        "Conj",
        "gradient",
        lambda tf, x, y: tf.imag(tf.conj(tf.complex(x, y)) * tf.exp(tf.complex(y, x))),
        within(0.5, 2, (3, 4), (4,)),
    ),
]

# ---- Sums ----

CASES += [
    Case(
        "AddN",
        "",
        lambda tf, *x: tf.add_n(list(x)),
        normal((3, 4), (3, 4), (3, 4)),
        dtypes=(*ALL_FLOATS, *INTS),
    ),
    Case("AddN", "one", lambda tf, x: tf.raw_ops.AddN(inputs=[x]), normal((3, 4))),
    Case("AddN", "same", lambda tf, x, y: tf.add_n([x, y, x, x]), normal((3,), (3,))),
    Case(
        "AddN",
        "accumulate_n",
        lambda tf, x, y: tf.accumulate_n([x, y]),
        normal((3,), (3,)),
        unknown=False,
    ),
]

# ---- Range and LinSpace ----


def _limits(*numbers: float) -> Inputs:
    return lambda rng, dtype: [np.array(number, dtype) for number in numbers]


CASES += [
    Case(
        "Range", "", lambda tf, *x: tf.range(*x), _limits(2, 11, 3), dtypes=(*NUMBERS, "bfloat16")
    ),
    Case("Range", "down", lambda tf, *x: tf.range(*x), _limits(5, -2, -2), dtypes=NUMBERS),
    Case("Range", "empty", lambda tf, *x: tf.range(*x), _limits(2, 2, 1), dtypes=INTS),
    Case("Range", "constant", lambda tf, x: tf.range(4) + x, _limits(1), dtypes=("int32",)),
    Case(
        "Range", "fractions", lambda tf, *x: tf.range(*x), _limits(0, 1, 0.125), dtypes=WIDE_FLOATS
    ),
    Case("LinSpace", "", lambda tf, a, b: tf.linspace(a, b, 7), _limits(1, 4), dtypes=WIDE_FLOATS),
    Case("LinSpace", "one", lambda tf, a, b: tf.linspace(a, b, 1), _limits(1, 4)),
    Case(
        "NextAfter",
        "",
        lambda tf, x1, x2: tf.math.nextafter(x1, x2),
        normal((4, 1), (3,)),
        dtypes=WIDE_FLOATS,
        expected=np.nextafter,
        tolerance=0,
        gradient=False,
    ),
    Case(
        "DivNoNan",
        "reciprocal",
        lambda tf, x: [tf.math.reciprocal_no_nan(x), tf.math.divide_no_nan(x, x)],
        lambda rng, dtype: [np.array([0, 2, -4, 0.5], dtype)],
        dtypes=WIDE_FLOATS,
        expected=lambda x: [np.array([0, 0.5, -0.25, 2], x.dtype), np.sign(x) ** 2],
        gradient=False,
    ),
]
