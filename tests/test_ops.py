"""Every record of tests/cases: value, static shape, dtype and gradient, on each kind of device."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tfsession as tf
from tests import skips
from tests.cases.record import Case, families, numpy_dtype
from tfsession import registry

GOLDEN = Path(__file__).parent / "golden"
# What a record's tolerance, which is float32's, is multiplied by.
PRECISION = {"float16": 300.0, "bfloat16": 3000.0, "float64": 1e-4, "complex128": 1e-4}

RUNS = [
    pytest.param(family, case, dtype, id=f"{case.id}-{dtype}")
    for family, cases in families().items()
    for case in cases
    for dtype in case.dtypes
]
UNKNOWN_RUNS = [run for run in RUNS if run.values[1].unknown]
registry.load_late_families()
GRADIENT_RUNS = [
    pytest.param(case, id=case.id)
    for cases in families().values()
    for case in cases
    if case.gradient
    and registry.GRADIENTS.get(case.op) is not None
    and any(numpy_dtype(dtype).name.startswith(("float", "bfloat")) for dtype in case.dtypes)
]


@functools.cache
def has_gpu() -> bool:
    """Whether a session here finds a GPU."""
    with tf.Session(graph=tf.Graph()) as session:
        return any(device.device_type == "GPU" for device in session.list_devices())


@pytest.fixture(params=["CPU", pytest.param("GPU", marks=pytest.mark.gpu)])
def device(request: pytest.FixtureRequest) -> str:
    """The kind of device a record runs on."""
    if request.param == "GPU" and not has_gpu():
        # The same record runs on the CPU and on the stand-in for CuPy, which never skip.
        pytest.skip(skips.NO_GPU)
    kind: str = request.param
    return kind


@functools.cache
def golden(family: str) -> dict[str, np.ndarray]:
    """The numbers recorded from TensorFlow, as golden/record.py stores them."""
    path = GOLDEN / f"{family}.npz"
    if not path.exists():
        return {}
    with np.load(path) as numbers:
        return dict(numbers)


def golden_outputs(family: str, case: Case, dtype: str, count: int) -> list[np.ndarray]:
    """The recorded outputs of one record."""
    numbers = golden(family)
    found = []
    for index in range(count):
        key = f"{case.id}/{dtype}/{index}"
        if f"{key}/hex" in numbers:
            decode = np.vectorize(bytes.fromhex, otypes=[object])
            found.append(decode(numbers[f"{key}/hex"]))
        else:
            assert key in numbers, f"not recorded yet: python tests/golden/record.py {family}"
            found.append(numbers[key])
    return found


class Run:
    """A record built in a graph of its own, on one kind of device."""

    def __init__(self, case: Case, dtype: str, device: str, known_shapes: bool = True) -> None:
        self.arrays = case.arrays(dtype)
        self.graph = tf.Graph()
        with self.graph.as_default(), tf.device(f"/device:{device}:0"):
            self.inputs = [
                tf.placeholder(
                    tf.string if a.dtype.kind in "OSU" else a.dtype,
                    a.shape if known_shapes else None,
                )
                for a in self.arrays
            ]
            built = case.build(tf, *self.inputs)
        self.outputs = list(built) if isinstance(built, (list, tuple)) else [built]

    def session(self) -> Any:
        """A session in which ops without a kernel for the device run elsewhere."""
        return tf.Session(graph=self.graph, config=tf.ConfigProto(allow_soft_placement=True))

    def feeds(self, arrays: list[np.ndarray] | None = None) -> dict[Any, np.ndarray]:
        """The feeds of the inputs, by default the record's own."""
        return dict(zip(self.inputs, self.arrays if arrays is None else arrays, strict=True))

    def results(self) -> list[Any]:
        """The values of the outputs."""
        with self.session() as session:
            values: list[Any] = session.run(self.outputs, self.feeds())
        return values


def assert_close(actual: Any, wanted: Any, case: Case, dtype: str) -> None:
    """Compares an output with what it should be, as exactly as its dtype allows."""
    if isinstance(actual, bytes):
        actual = np.asarray(actual, object)
    actual = np.asarray(actual)
    wanted = np.asarray(wanted, object if actual.dtype.kind == "O" else None)
    assert actual.shape == wanted.shape
    name = actual.dtype.name
    if not name.startswith(("float", "bfloat", "complex")):
        np.testing.assert_array_equal(actual, wanted)
        return
    kinds = {name, dtype} if dtype in (*PRECISION, "float32") else {name}
    tolerance = case.tolerance * max(PRECISION.get(kind, 1.0) for kind in kinds)
    wide = np.complex128 if name.startswith("complex") else np.float64
    np.testing.assert_allclose(
        actual.astype(wide), wanted.astype(wide), rtol=tolerance, atol=tolerance
    )


def check_values(family: str, case: Case, dtype: str, run: Run, values: list[Any]) -> None:
    """Compares all outputs with TensorFlow's numbers and with the record's own formula."""
    if case.golden:
        recorded = golden_outputs(family, case, dtype, len(values))
        for value, wanted in zip(values, recorded, strict=True):
            assert_close(value, wanted, case, dtype)
    if case.expected is not None:
        expected = case.expected(*run.arrays)
        wanted_values = list(expected) if isinstance(expected, (list, tuple)) else [expected]
        for value, wanted in zip(values, wanted_values, strict=True):
            assert_close(value, wanted, case, dtype)


@pytest.mark.parametrize(("family", "case", "dtype"), RUNS)
def test_value_shape_and_dtype(family: str, case: Case, dtype: str, device: str) -> None:
    """The outputs are TensorFlow's, and are what the graph says of them."""
    run = Run(case, dtype, device)
    values = run.results()
    for tensor, value in zip(run.outputs, values, strict=True):
        assert tensor.shape.is_compatible_with(np.shape(value))
        if tensor.dtype != tf.string:
            assert np.asarray(value).dtype == tensor.dtype.as_numpy_dtype
    if device == "CPU" or case.same_on_gpu:
        check_values(family, case, dtype, run, values)


@pytest.mark.parametrize(("family", "case", "dtype"), UNKNOWN_RUNS)
def test_value_where_shapes_are_unknown(family: str, case: Case, dtype: str, device: str) -> None:
    """The outputs are the same where the graph knows no shapes."""
    run = Run(case, dtype, device, known_shapes=False)
    values = run.results()
    for tensor, value in zip(run.outputs, values, strict=True):
        assert tensor.shape.is_compatible_with(np.shape(value))
    if device == "CPU" or case.same_on_gpu:
        check_values(family, case, dtype, run, values)


def gradient_run(case: Case, device: str, known_shapes: bool) -> tuple[Run, bool]:
    """A record in float64, or in its own dtype where the op has no float64; and how exact it is.

    Some ops take float64 and yet compute in float32, as their outputs show.
    """
    try:
        run = Run(case, "float64", device, known_shapes)
    except (TypeError, ValueError):
        return Run(case, case.dtypes[0], device, known_shapes), False
    return run, all(tensor.dtype != tf.float32 for tensor in run.outputs)


@pytest.mark.filterwarnings("ignore:Converting sparse IndexedSlices")
@pytest.mark.parametrize("known_shapes", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize("case", GRADIENT_RUNS)
def test_gradient(case: Case, device: str, known_shapes: bool) -> None:
    """The derivative along a random direction is that of central differences."""
    if not known_shapes and not case.unknown:
        pytest.skip("the record needs static shapes")
    run, is_wide = gradient_run(case, device, known_shapes)
    rng = np.random.default_rng(0)
    chosen = [i for i, tensor in enumerate(run.inputs) if tensor.dtype.is_floating]
    with run.session() as session:
        values = session.run(run.outputs, run.feeds())
        smooth = [i for i, tensor in enumerate(run.outputs) if tensor.dtype.is_floating]
        weights = [
            np.asarray(rng.standard_normal(np.shape(values[i]))).astype(np.asarray(values[i]).dtype)
            for i in smooth
        ]
        directions = {i: rng.standard_normal(run.arrays[i].shape) for i in chosen}
        with run.graph.as_default(), tf.device(f"/device:{device}:0"):
            ys = [run.outputs[i] for i in smooth]
            found = tf.gradients(
                ys, [run.inputs[i] for i in chosen], [tf.constant(w) for w in weights]
            )
            dxs = [
                (i, tf.convert_to_tensor(dx))
                for i, dx in zip(chosen, found, strict=True)
                if dx is not None
            ]
        for i, dx in dxs:
            assert dx.dtype == run.inputs[i].dtype
            assert dx.shape.is_compatible_with(run.arrays[i].shape)
        gradients = session.run([dx for _, dx in dxs], run.feeds())
        derivative = 0.0
        for (i, _), dx in zip(dxs, gradients, strict=True):
            assert np.shape(dx) == run.arrays[i].shape
            derivative += float(np.vdot(np.asarray(dx, np.float64), directions[i]))

        def projection(step: float) -> float:
            moved = list(run.arrays)
            for i, direction in directions.items():
                moved[i] = (moved[i] + step * direction).astype(moved[i].dtype)
            results = session.run(ys, run.feeds(moved))
            return sum(
                float(np.vdot(np.asarray(w, np.float64), np.asarray(y, np.float64)))
                for w, y in zip(weights, results, strict=True)
            )

        step = 1e-6 if is_wide else 1e-2
        difference = (projection(step) - projection(-step)) / (2 * step)
    tolerance = 1e-5 if is_wide else 2e-2
    np.testing.assert_allclose(derivative, difference, rtol=tolerance, atol=10 * tolerance)


# ---- Second derivatives ----

# Ops and records whose second derivatives are not those of central differences, as in TensorFlow.
NO_SECOND_DERIVATIVE = {
    "L2Loss-moments": "tf.nn.moments takes the mean in the variance for a constant",
    "Prod": "the gradient of a cumulative product divides by its elements, which may be 0",
    "UnsortedSegmentProd": "its gradient divides by its elements, which may be 0",
    "SparseAdd": "the gradient of the gradient is stated to be none",
    "SparseAdd-threshold": "the gradient of the gradient is stated to be none",
}


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:Converting sparse IndexedSlices")
@pytest.mark.parametrize("case", GRADIENT_RUNS)
def test_second_derivative(case: Case) -> None:
    """The derivative of the first derivative, by inputs and by dy, is that of differences.

    Where TensorFlow has none, it is refused.
    """
    run, is_wide = gradient_run(case, "CPU", known_shapes=True)
    if not is_wide or {case.op, case.id} & NO_SECOND_DERIVATIVE.keys():
        return
    rng = np.random.default_rng(1)
    with run.session() as session, run.graph.as_default():
        outputs = [y for y in run.outputs if y.dtype.is_floating]
        xs = [x for x in run.inputs if x.dtype.is_floating]
        values = session.run(outputs, run.feeds())
        dys = [tf.placeholder(y.dtype, np.shape(v)) for y, v in zip(outputs, values, strict=True)]
        point = {**run.feeds(), **{dy: rng.standard_normal(dy.shape) for dy in dys}}
        try:
            first = [dx for dx in tf.gradients(outputs, xs, dys) if dx is not None]
            projections = [
                tf.reduce_sum(dx * rng.standard_normal(session.run(dx, point).shape))
                for dx in map(tf.convert_to_tensor, first)
            ]
            total = tf.add_n(projections) if projections else tf.constant(0.0, tf.float64)
            second = tf.gradients(total, [*xs, *dys])
        except (LookupError, NotImplementedError, TypeError):
            return
        for x, found in zip([*xs, *dys], second, strict=True):
            direction = rng.standard_normal(np.shape(point[x]))
            derivative = 0.0
            if found is not None:
                value = session.run(tf.convert_to_tensor(found), point)
                derivative = float(np.vdot(value, direction))
            moved = [
                session.run(total, {**point, x: point[x] + step * direction})
                for step in (1e-5, -1e-5)
            ]
            difference = (moved[0] - moved[1]) / 2e-5
            np.testing.assert_allclose(derivative, difference, rtol=1e-4, atol=1e-4)
