"""The CUDA sources: they compile for every architecture, and compute what NumPy's kernels do.

A C++ compiler stands in for the GPU: tests/cuda_harness runs the kernels on the CPU, called through
the functions that are registered for GPUs. Where there is a GPU, the same tests run on it.
"""

import ctypes
import functools
import importlib.util
import itertools
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from cuda_harness.device import HostDevice, compile_sources

import tfsession as tf
from tfsession import dtypes
from tfsession.compile.kernel_table import load_kernels
from tfsession.devices import cuda_source
from tfsession.kernels import convolution, indexing, random, state, training
from tfsession.registry import KERNELS, OPS

ARCHITECTURES = (75, 80, 90, 100, 120)

FLOATS = ("float16", "bfloat16", "float32", "float64")

load_kernels()


def dtype_of(name: str) -> np.dtype:
    return np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)


# ---- Compiling ----


def nvidia_folder() -> Path | None:
    """Where the wheels of NVRTC and of the CUDA headers are."""
    spec = importlib.util.find_spec("nvidia")
    for place in (spec and spec.submodule_search_locations) or ():
        for folder in sorted(Path(place).glob("cu*"), reverse=True):
            if list(folder.glob("lib/libnvrtc.so.*")) and (folder / "include/cuda_fp16.h").exists():
                return folder
    return None


def compile_log(library: Any, folder: Path, source: str, architecture: int) -> str:
    """Compiles all kernels of a source file; an empty text if that went well."""
    program = ctypes.c_void_p()
    text, name = cuda_source.read(source).encode(), source.encode()
    assert not library.nvrtcCreateProgram(ctypes.byref(program), text, name, 0, None, None)
    for expression in cuda_source.instantiations(source):
        assert not library.nvrtcAddNameExpression(program, expression.encode())
    # The flags that CuPy adds, and no optimisation by the assembler, which takes half of the time.
    flags = [
        *cuda_source.OPTIONS,
        "--ptxas-options=-O0",
        f"-arch=sm_{architecture}",
        "-ftz=true",
        "--device-as-default-execution-space",
        f"-I{folder / 'include'}",
    ]
    array = (ctypes.c_char_p * len(flags))(*(flag.encode() for flag in flags))
    error = library.nvrtcCompileProgram(program, len(flags), array)
    size = ctypes.c_size_t()
    library.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    library.nvrtcGetProgramLog(program, log)
    library.nvrtcDestroyProgram(ctypes.byref(program))
    return f"{error}: {log.value.decode()}" if error else log.value.decode()


@pytest.mark.skipif(nvidia_folder() is None, reason="needs the wheels of NVRTC and CUDA's headers")
def test_every_kernel_compiles_for_every_architecture() -> None:
    folder = nvidia_folder()
    assert folder is not None
    library = ctypes.CDLL(str(next(folder.glob("lib/libnvrtc.so.*"))))
    jobs = list(itertools.product(cuda_source.sources(), ARCHITECTURES))
    with ThreadPoolExecutor(2) as pool:
        logs = pool.map(lambda job: compile_log(library, folder, *job), jobs)
        assert {job: log for job, log in zip(jobs, logs, strict=True) if log.strip("\0 \n")} == {}


# ---- The table of kernels ----


def test_table_has_every_kernel_of_the_sources() -> None:
    files = {path.name for path in cuda_source.folder().glob("*.cu")}
    assert files == set(cuda_source.sources())
    for source in files:
        text = cuda_source.read(source)
        for expression in cuda_source.instantiations(source):
            assert f"__global__ void {expression.partition('<')[0]}(" in text
        named = {e.partition("<")[0] for e in cuda_source.instantiations(source)}
        assert text.count("__global__ void ") == len(named)


def test_headers_are_read_into_the_text_once() -> None:
    text = cuda_source.read("rows.cu")
    assert '#include "' not in text
    assert text.count("struct Wide {") == 1


def fake_cupy() -> tuple[ModuleType, list[dict[str, Any]]]:
    """A module with CuPy's `RawModule`, and the arguments it is made with."""
    made: list[dict[str, Any]] = []
    fake = ModuleType("cupy")
    fake.RawModule = lambda **arguments: made.append(arguments)  # type: ignore[attr-defined]
    return fake, made


def test_unknown_kernels_are_named_with_the_nearest() -> None:
    cupy, _ = fake_cupy()
    with pytest.raises(ValueError, match="Did you mean 'max_pool<float>'"):
        cuda_source.module(cupy, "pooling.cu", "max_pool<flaot>")
    with pytest.raises(ValueError, match=r"'pool\.cu' has no kernel"):
        cuda_source.module(cupy, "pool.cu", "max_pool<float>")


def test_modules_are_made_once() -> None:
    cupy, made = fake_cupy()
    for _ in range(2):
        cuda_source.module(cupy, "pooling.cu", "max_pool<float>")
    (arguments,) = made
    assert arguments["name_expressions"] == ("max_pool<float>",)
    assert arguments["code"] == cuda_source.read("pooling.cu")


# ---- Running on the CPU ----


@pytest.fixture(scope="session")
def folder_of_libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("g++")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs g++ on Linux")
    folder = tmp_path_factory.mktemp("cuda")
    compile_sources(compiler, folder, {"training": training_source()})
    return folder


class RealDevice:
    """A GPU that takes NumPy arrays and gives them back, and counts the kernels it starts."""

    def __init__(self, gpu: Any) -> None:
        self._gpu = gpu
        self.started: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gpu, name)

    def function(self, source: str, expression: str) -> Any:
        self.started.append(expression)
        return self._gpu.function(source, expression)


@pytest.fixture(scope="session")
def gpu(real_cupy: Any) -> Iterator[RealDevice]:
    from tfsession.devices.gpu import GpuDevice

    device = GpuDevice(0, 0, 1 << 30, budget_key="test_cuda_sources", physical_description="")
    yield RealDevice(device)
    device.close()


@pytest.fixture(params=["harness", pytest.param("GPU", marks=pytest.mark.gpu)])
def device(request: pytest.FixtureRequest) -> Any:
    if request.param == "GPU":
        return request.getfixturevalue("gpu")
    return HostDevice(request.getfixturevalue("folder_of_libraries"))


def run(device: Any, function: Any, *inputs: Any, host: tuple[int, ...] = (), **attrs: Any) -> Any:
    """Calls a kernel for GPUs with NumPy arrays; `host` are positions of what stays on the host."""
    if isinstance(device, HostDevice):
        return function(device, *inputs, **attrs)
    with device.activate():
        moved = [
            x
            if i in host or not isinstance(x, (np.ndarray, np.generic))
            else device.copy_in(np.asarray(x))
            for i, x in enumerate(inputs)
        ]
        result = function(device, *moved, **attrs)
        for x, y in zip(inputs, moved, strict=True):
            if x is not y and isinstance(x, np.ndarray) and x.flags.writeable:
                x[...] = device.copy_out(y)
        if isinstance(result, (list, tuple)):
            return [device.copy_out(r) for r in result]
        return None if result is None else device.copy_out(result)


def run_op(device: Any, op: str, *inputs: Any, **attrs: Any) -> Any:
    """Calls the kernel of an op for GPUs."""
    kernel = KERNELS[op, "GPU"]
    host = [i for i, a in enumerate(OPS[op].inputs) if a.name in kernel.host]
    return run(device, kernel.function, *inputs, host=tuple(host), **attrs)


def tolerance(dtype: np.dtype) -> float:
    return {2: 2e-2, 4: 2e-5, 8: 1e-12, 16: 1e-12}[dtype.itemsize]


def check(
    device: Any, op: str, *inputs: Any, started: int | None = None, **attrs: Any
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Compares an op's kernel for GPUs with that for the CPU; returns the results of both."""
    before = len(device.started)
    on_gpu, on_cpu = KERNELS[op, "GPU"], KERNELS[op, "CPU"]
    assert on_gpu.device == "GPU"
    # As in a step.
    with np.errstate(all="ignore"):
        results = run_op(device, op, *inputs, **attrs)
        expected = on_cpu.function(np, *inputs, **attrs)
    if started is None:
        assert len(device.started) > before, "no CUDA kernel was started"
    else:
        assert len(device.started) - before == started
    if not isinstance(expected, (list, tuple)):
        results, expected = [results], [expected]
    for result, wanted in zip(results, expected, strict=True):
        assert result.shape == wanted.shape
        assert result.dtype == wanted.dtype
        if wanted.dtype.kind in "iub":
            np.testing.assert_array_equal(result, wanted)
            continue
        limit = tolerance(wanted.dtype)
        wide = np.complex128 if wanted.dtype.kind == "c" else np.float64
        np.testing.assert_allclose(result.astype(wide), wanted.astype(wide), limit, limit)
    return results, expected


@functools.cache
def generator() -> np.random.Generator:
    return np.random.default_rng(7)


def numbers(shape: tuple[int, ...], name: str = "float32") -> np.ndarray:
    return generator().standard_normal(shape).astype(dtype_of(name))


POOLS = [
    # images, sizes, channels, window, strides, padding
    ((2, 6, 6, 3), (2, 2), (2, 2), b"VALID"),
    ((1, 7, 5, 2), (3, 3), (2, 2), b"SAME"),
    ((2, 5, 8, 1), (3, 2), (1, 1), b"SAME"),
    ((1, 6, 6, 4), (2, 3), (3, 1), b"VALID"),
    ((3, 4, 4, 2), (1, 1), (2, 2), b"SAME"),
    ((1, 3, 3, 2), (5, 5), (1, 2), b"SAME"),
    ((0, 4, 4, 2), (2, 2), (2, 2), b"VALID"),
]


def in_layout(x: np.ndarray, data_format: bytes) -> np.ndarray:
    return x.transpose(0, 3, 1, 2) if data_format == b"NCHW" else x


def pool_attrs(window: Any, strides: Any, padding: bytes, data_format: bytes) -> dict[str, Any]:
    first = data_format == b"NCHW"
    return {
        "ksize": [1, 1, *window] if first else [1, *window, 1],
        "strides": [1, 1, *strides] if first else [1, *strides, 1],
        "padding": padding,
        "data_format": data_format,
    }


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("data_format", [b"NHWC", b"NCHW"])
def test_pooling(device: Any, name: str, data_format: bytes) -> None:
    for shape, window, strides, padding in POOLS:
        attrs = pool_attrs(window, strides, padding, data_format)
        # Few distinct values: windows with several maxima.
        few = generator().integers(-2, 3, shape).astype(dtype_of(name))
        x = in_layout(few, data_format)
        started = None if x.size else 0
        (y, *_), _ = check(device, "MaxPool", x, started=started, **attrs)
        dy = numbers(y.shape, name)
        check(device, "MaxPoolGrad", x, y, dy, started=started, **attrs)
        check(device, "AvgPool", x, started=started, **attrs)
        sizes = np.array(x.shape, np.int32)
        check(device, "AvgPoolGrad", sizes, dy, started=started, **attrs)


@pytest.mark.parametrize("data_format", [b"NHWC", b"NCHW"])
def test_maxima_across_channels(device: Any, data_format: bytes) -> None:
    x = in_layout(numbers((2, 3, 4, 6)), data_format)
    window = [1, 3, 1, 1] if data_format == b"NCHW" else [1, 1, 1, 3]
    attrs = {"ksize": window, "strides": window, "padding": b"VALID", "data_format": data_format}
    (y, *_), _ = check(device, "MaxPool", x, started=0, **attrs)
    check(device, "MaxPoolGrad", x, y, numbers(y.shape), **attrs)


def test_pooling_with_sizes_that_are_tensors(device: Any) -> None:
    x, ksize = numbers((1, 4, 4, 2)), np.array([1, 2, 2, 1], np.int32)
    attrs = {"padding": b"VALID", "data_format": b"NHWC"}
    (y, *_), _ = check(device, "MaxPoolV2", x, ksize, ksize, **attrs)
    check(device, "MaxPoolGradV2", x, y, numbers(y.shape), ksize, ksize, **attrs)


@pytest.mark.parametrize("padding", [b"SAME", b"VALID"])
def test_maxima_of_windows_with_nan_and_infinities(device: Any, padding: bytes) -> None:
    special = [np.nan, -np.inf, np.inf, -np.finfo(np.float32).max, 0, 1]
    for odds in ([2, 1, 1, 1, 1, 1], [1, 3, 0, 1, 0, 0], [3, 1, 0, 0, 0, 0], [1, 1, 0, 0, 3, 3]):
        chance = np.array(odds) / sum(odds)
        x = generator().choice(special, (3, 7, 7, 4), p=chance).astype(np.float32)
        for window, strides in (((2, 2), (2, 2)), ((3, 3), (2, 2)), ((2, 3), (1, 1))):
            attrs = pool_attrs(window, strides, padding, b"NHWC")
            (y, *_), _ = check(device, "MaxPool", x, **attrs)
            assert not np.isnan(y).any()
            dy = generator().choice([np.inf, 1, 2], y.shape).astype(np.float32)
            check(device, "MaxPoolGrad", x, y, dy, **attrs)


def test_maxima_of_integers_need_no_cuda_kernel(device: Any) -> None:
    x = generator().integers(0, 9, (1, 4, 4, 1), np.int32)
    check(device, "MaxPool", x, started=0, **pool_attrs((2, 2), (2, 2), b"VALID", b"NHWC"))


CONVOLUTIONS = [
    # input, filter, strides, dilations, padding
    ((2, 6, 5, 3), (3, 3, 3, 4), (1, 1), (1, 1), b"SAME"),
    ((2, 7, 7, 2), (3, 2, 2, 3), (2, 2), (1, 1), b"SAME"),
    ((1, 8, 8, 2), (3, 3, 2, 2), (2, 1), (1, 1), b"VALID"),
    ((1, 9, 9, 1), (3, 3, 1, 2), (1, 1), (2, 3), b"SAME"),
    ((3, 4, 4, 5), (1, 1, 5, 2), (1, 1), (1, 1), b"VALID"),
    ((2, 5, 5, 3), (1, 1, 3, 2), (2, 2), (1, 1), b"SAME"),
    ((1, 5, 6, 2), (2, 3, 2, 2), (3, 2), (1, 1), b"VALID"),
]


@pytest.mark.parametrize("name", ["float16", "float32", "float64"])
@pytest.mark.parametrize("tile_bytes", [1, 1 << 20])
def test_convolution(
    device: Any, monkeypatch: pytest.MonkeyPatch, name: str, tile_bytes: int
) -> None:
    monkeypatch.setattr(convolution, "_GPU_TILE_BYTES", tile_bytes)
    for shape, filter_shape, strides, dilations, padding in CONVOLUTIONS:
        attrs: dict[str, Any] = {
            "strides": [1, *strides, 1],
            "dilations": [1, *dilations, 1],
            "padding": padding,
            "explicit_paddings": [],
            "data_format": b"NHWC",
        }
        x, filter = numbers(shape, name), numbers(filter_shape, name)
        plain = filter_shape[:2] == (1, 1)
        (y, *_), _ = check(device, "Conv2D", x, filter, started=0 if plain else None, **attrs)
        dy = numbers(y.shape, name)
        sizes = np.array(shape, np.int32)
        is_dense = strides == (1, 1)
        started = 0 if plain and is_dense else None
        check(device, "Conv2DBackpropInput", sizes, filter, dy, started=started, **attrs)
        sizes = np.array(filter_shape, np.int32)
        started = 0 if plain else None
        check(device, "Conv2DBackpropFilter", x, sizes, dy, started=started, **attrs)


ROWS = [(1, 1), (3, 7), (9, 32), (5, 100), (2, 1500)]


@pytest.mark.parametrize("name", FLOATS)
def test_softmax_and_cross_entropy(device: Any, name: str) -> None:
    for rows, columns in ROWS:
        logits = (numbers((rows, columns)) * 3).astype(dtype_of(name))
        check(device, "Softmax", logits)
        check(device, "LogSoftmax", logits.reshape(rows, 1, columns))
        labels = generator().dirichlet(np.ones(columns), rows).astype(dtype_of(name))
        check(device, "SoftmaxCrossEntropyWithLogits", logits, labels)
        check(device, "SoftmaxCrossEntropyWithLogits", logits, labels[:1])
        for kind in (np.int32, np.int64):
            classes = generator().integers(0, columns, rows, kind)
            check(device, "SparseSoftmaxCrossEntropyWithLogits", logits, classes)


def test_softmax_of_transposed_empty_and_infinite_rows(device: Any) -> None:
    check(device, "Softmax", numbers((5, 3)).T)
    check(device, "Softmax", numbers((0, 3)), started=0)
    check(device, "Softmax", numbers((3, 0)), started=0)
    check(device, "Softmax", np.array([[-np.inf, 0, 1], [np.nan, 0, 1]], np.float32))
    empty = numbers((3, 0))
    check(device, "SoftmaxCrossEntropyWithLogits", empty, empty, started=0)


def test_labels_out_of_range_give_nan(device: Any) -> None:
    op = "SparseSoftmaxCrossEntropyWithLogits"
    loss, backprop = run_op(device, op, numbers((3, 4)), np.array([1, 4, -1]))
    np.testing.assert_array_equal(np.isnan(loss), [False, True, True])
    np.testing.assert_array_equal(np.isnan(backprop).all(axis=1), [False, True, True])
    assert not np.isnan(backprop[0]).any()


@pytest.mark.parametrize("name", FLOATS)
def test_bias_gradient(device: Any, name: str) -> None:
    for shape in [(3, 5), (2, 4, 3, 33), (700, 65), (1, 1), (300, 2, 1)]:
        check(device, "BiasAddGrad", numbers(shape, name), data_format=b"NHWC")
    check(device, "BiasAddGrad", numbers((2, 3, 4, 4), name), data_format=b"NCHW", started=0)


def random_results(device: Any, op: str, *inputs: Any, **attrs: Any) -> tuple[Any, Any]:
    """An op's numbers by both kernels, the second time that each is run."""
    results = []
    on_cpu = functools.partial(KERNELS[op, "CPU"].function, np)
    for kernel in (functools.partial(run_op, device, op), on_cpu):
        kept = random.PhiloxState(87654321, 2**64 - 3)
        kept.take(2**64 - 5)
        kernel(*inputs, **attrs, state=kept)
        results.append(kernel(*inputs, **attrs, state=kept))
    assert results[0].shape == results[1].shape
    assert results[0].dtype == results[1].dtype
    return results[0], results[1]


SHAPES = [(), (1,), (5,), (3, 7), (1000,), (0, 4)]


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("op", ["RandomUniform", "RandomStandardNormal", "TruncatedNormal"])
def test_random_numbers_are_the_same_on_both_devices(device: Any, op: str, name: str) -> None:
    for dims in SHAPES:
        shape = np.array(dims, np.int32)
        result, expected = random_results(device, op, shape, dtype=dtypes.as_dtype(name))
        if op == "RandomUniform":
            np.testing.assert_array_equal(result, expected)
        else:
            limit = {2: 1e-2, 4: 1e-5, 8: 1e-12}[result.dtype.itemsize]
            np.testing.assert_allclose(
                result.astype(np.float64), expected.astype(np.float64), limit, limit
            )


@pytest.mark.parametrize("name", ["int32", "int64"])
def test_random_integers_are_the_same_on_both_devices(device: Any, name: str) -> None:
    kind = dtype_of(name).type
    top = np.iinfo(kind).max
    for dims, low, high in [((1000,), -3, 9), ((7,), -top, top), ((3,), -5, -4), ((), 0, 1)]:
        result, expected = random_results(
            device,
            "RandomUniformInt",
            np.array(dims, np.int32),
            kind(low),
            kind(high),
            Tout=dtypes.as_dtype(name),
        )
        np.testing.assert_array_equal(result, expected)


def test_classes_drawn_by_noise_follow_the_logits(device: Any) -> None:
    logits = np.log(np.array([[0.7, 0.2, 0.1], [0.0, 0.5, 0.5]], np.float32) + 1e-9)
    kept = random.PhiloxState(1, 2)
    drawn = run_op(device, "Multinomial", logits, np.int32(4000), output_dtype=tf.int64, state=kept)
    assert drawn.dtype == np.int64
    shares = np.array([np.bincount(row, minlength=3) for row in drawn]) / 4000
    np.testing.assert_allclose(shares, [[0.7, 0.2, 0.1], [0, 0.5, 0.5]], atol=0.03)


# ---- Gather, scatter, one-hot ----

MOVED = ("bool", "int8", "float16", "bfloat16", "int32", "float64", "complex128")


@pytest.mark.parametrize("name", MOVED)
@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_gather(device: Any, name: str, kind: type) -> None:
    params = generator().integers(0, 100, (4, 3, 5)).astype(dtype_of(name))
    indices = np.array([[2, 0], [1, 1]], kind)
    check(device, "Gather", params, indices)
    for axis in (0, 1, 2, -1):
        check(device, "GatherV2", params, indices, np.int32(axis), batch_dims=0)
    check(device, "GatherV2", params.T, indices, np.int32(1), batch_dims=0)
    check(device, "GatherV2", params, kind(2), np.int32(1), batch_dims=0)


def test_indices_out_of_range_gather_zeros_and_scatter_nothing(device: Any) -> None:
    params, indices = numbers((3, 2)), np.array([5, 1, -1])
    result = run(device, indexing.taken_on_gpu, params, indices)
    np.testing.assert_array_equal(result, [[0, 0], params[1], [0, 0]])
    sums = run(device, indexing.sums_on_gpu, None, indices, params, 3)
    np.testing.assert_array_equal(sums, [[0, 0], params[1], [0, 0]])
    run(device, indexing.assign_rows_on_gpu, result, np.array([3, 2, -1]), params)
    np.testing.assert_array_equal(result, [[0, 0], params[1], params[1]])


SUMMED = (
    "int8", "uint16", "int32", "int64", "float16", "bfloat16", "float32", "float64",
    "complex64", "complex128",
)  # fmt: skip


@pytest.mark.parametrize("name", SUMMED)
@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_sums_of_rows(device: Any, name: str, kind: type) -> None:
    for inner in [(), (3,), (2, 2)]:
        data = generator().integers(0, 9, (6, *inner)).astype(dtype_of(name))
        ids = np.array([2, 0, 2, 1, 2, 0], kind)
        check(device, "UnsortedSegmentSum", data, ids, np.int32(4))
        check(device, "SegmentSum", data, np.sort(ids))
        if name not in ("int8", "uint16"):
            shape = np.array([5, *inner], np.int32)
            check(device, "ScatterNd", ids[:, None], data, shape)
            base = np.ones((5, *inner), dtype_of(name))
            check(device, "TensorScatterAdd", base, ids[:, None], data)
            check(device, "TensorScatterSub", base, ids[:, None], data)
            assert (base == 1).all()


@pytest.mark.parametrize("name", SUMMED)
@pytest.mark.parametrize("op", ["Max", "Min", "Prod"])
def test_extremes_and_products_of_rows(device: Any, name: str, op: str) -> None:
    if name.startswith("complex"):
        if op == "Prod":
            data = generator().integers(1, 5, (6, 2)).astype(dtype_of(name))
            ids = np.array([2, 0, 2, 1, 2, 9])
            result = run_op(device, "UnsortedSegmentProd", data, ids, np.int32(4))
            expected = [data[1], data[3], data[0] * data[2] * data[4], [1, 1]]
            np.testing.assert_allclose(result, expected)
        return
    for inner in [(), (3,)]:
        data = generator().integers(1, 5, (6, *inner)).astype(dtype_of(name))
        ids = np.array([2, 0, 2, 1, 2, -1], np.int32)
        check(device, f"UnsortedSegment{op}", data, ids, np.int32(4))


@pytest.mark.parametrize("name", ["float16", "float32", "float64", "int32", "int64", "complex64"])
@pytest.mark.parametrize("word", ["Update", "Add", "Sub", "Mul", "Div", "Min", "Max"])
def test_updates_of_rows_of_variables(device: Any, name: str, word: str) -> None:
    dtype = dtype_of(name)
    if word in ("Min", "Max") and dtype.kind == "c":
        return
    for rows in ([1, 3, 0], [1, 3, 1]):
        if word == "Update" and rows == [1, 3, 1]:
            continue
        for updates in (generator().integers(1, 5, (3, 2)).astype(dtype), np.array(2, dtype)):
            indices = np.array(rows, np.int32)
            on_cpu = generator().integers(1, 9, (4, 2)).astype(dtype)
            on_gpu = on_cpu.copy()
            state.scatter(on_cpu, indices, updates, word)
            run(device, state.scatter_gpu, on_gpu, indices, updates, word)
            if dtype.kind == "i":
                np.testing.assert_array_equal(on_gpu, on_cpu)
            else:
                np.testing.assert_allclose(on_gpu, on_cpu, 2e-2 if name == "float16" else 1e-5)


@pytest.mark.parametrize("name", MOVED)
@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.int64])
def test_one_hot(device: Any, name: str, kind: type) -> None:
    indices = np.array([[0, 2, 1], [4, 3, 9]], kind)
    on, off = np.array(1, dtype_of(name)), np.array(0, dtype_of(name))
    for axis in (-1, 0, 1):
        check(device, "OneHot", indices, np.int32(5), on, off, axis=axis)


# ---- Update rules of optimizers ----


def _rules() -> list[tuple[str, tuple[str, ...], tuple[str, ...], dict[str, bool]]]:
    """Each rule: its name, variables and scalars, and the values of its flags."""
    rules = []
    for rule in training._FORMULAS:
        applied = training._Applied(f"ResourceApply{rule}", rule)
        scalars = tuple(name for name, _ in applied.scalars)
        body = training._FORMULAS[rule].body
        flag = next((f for f in ("use_nesterov", "update_slots") if f in body), None)
        for value in (False, True) if flag else (False,):
            rules.append((rule, applied.variables, scalars, {flag: value} if flag else {}))
    return rules


RULES = _rules()


def training_source() -> str:
    """C++ with one kernel for each rule, which has the body that CuPy compiles."""
    lines = ['#include "cuda_on_host.h"', "using std::abs;", training.WIDE]
    for number, (rule, variables, scalars, flags) in enumerate(RULES):
        names = [*scalars, *(["power", "l2_shrinkage"] if rule.startswith("Ftrl") else [])]
        inputs = ("g", *dict.fromkeys(names))
        scalars_in = "".join(f", T {name}_" for name in inputs[1:])
        arrays = "".join(f", T* {name}s" for name in variables)
        constants = "".join(f"const bool {k} = {str(v).lower()};" for k, v in flags.items())
        parts = "".join(f"T& {name}_ = {name}s[i];" for name in variables)
        lines.append(
            f"template <typename T> void rule_{number}(long long count, const T* gs{scalars_in}"
            f"{arrays}) {{ typedef typename tfsession_wide<T>::type W;"
            f"for (long long i = 0; i < count; ++i) {{ const T g_ = gs[i]; {parts}"
            f"{training.gpu_body(rule, inputs, variables, constants)} }} }}"
        )
        for kind in ("float", "double"):
            lines.append(f"HARNESS_KERNEL(kernel_{number}_{kind}, rule_{number}<{kind}>)")
    return "\n".join(lines)


@pytest.mark.parametrize("name", ["float", "double"])
@pytest.mark.parametrize("number", range(len(RULES)))
def test_update_rules_of_both_devices_agree(
    folder_of_libraries: Path, number: int, name: str
) -> None:
    rule, variables, scalars, flags = RULES[number]
    dtype = np.dtype(np.float32 if name == "float" else np.float64)
    values: dict[str, Any] = {s: dtype.type(0.1 + 0.07 * i) for i, s in enumerate(scalars)}
    if rule.startswith("Ftrl"):
        values["lr_power"] = dtype.type(-0.5)
    on_cpu = [generator().uniform(0.5, 1.5, 20).astype(dtype) for _ in variables]
    on_gpu = [array.copy() for array in on_cpu]
    g = generator().uniform(0.1, 0.4, 20).astype(dtype)
    formula = training._FORMULAS[rule]
    prepared = {**values, **flags}
    if formula.prepare is not None:
        formula.prepare(prepared)
    training._update_pieces(formula, on_cpu, g, prepared)
    if rule.startswith("Ftrl"):
        training._prepare_ftrl(values)
    library = ctypes.CDLL(str(folder_of_libraries / "training.so"))
    pointers = [np.array([array.ctypes.data], np.uint64) for array in (g, *on_gpu)]
    kept = [np.array([g.size], np.int64), pointers[0], *map(np.array, values.values())]
    kept += pointers[1:]
    addresses = (ctypes.c_void_p * len(kept))(*(k.ctypes.data for k in kept))
    start = getattr(library, f"kernel_{number}_{name}")
    assert start((ctypes.c_uint * 6)(1, 1, 1, 1, 1, 1), len(kept), addresses) == 0
    for result, expected in zip(on_gpu, on_cpu, strict=True):
        np.testing.assert_allclose(result, expected, 1e-4 if name == "float" else 1e-10)
