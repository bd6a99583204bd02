"""Element types: identity, names, numbers, limits and what users may write for one."""

import copy
import pickle

import ml_dtypes
import numpy as np
import pytest

from tfsession import dtypes

ALL = [dtypes.DType(number) for number in range(1, 24)]

# DataType number, name, runtime name: types.proto of TensorFlow.
NAMES = [
    (1, "float32", "float"),
    (2, "float64", "double"),
    (3, "int32", "int32"),
    (4, "uint8", "uint8"),
    (5, "int16", "int16"),
    (6, "int8", "int8"),
    (7, "string", "string"),
    (8, "complex64", "complex64"),
    (9, "int64", "int64"),
    (10, "bool", "bool"),
    (11, "qint8", "qint8"),
    (12, "quint8", "quint8"),
    (13, "qint32", "qint32"),
    (14, "bfloat16", "bfloat16"),
    (15, "qint16", "qint16"),
    (16, "quint16", "quint16"),
    (17, "uint16", "uint16"),
    (18, "complex128", "complex128"),
    (19, "float16", "half"),
    (20, "resource", "resource"),
    (21, "variant", "variant"),
    (22, "uint32", "uint32"),
    (23, "uint64", "uint64"),
]


@pytest.mark.parametrize(("number", "name", "runtime_name"), NAMES)
def test_constant_has_number_names_and_reference(number, name, runtime_name):
    dtype = getattr(dtypes, name)
    reference = getattr(dtypes, f"{name}_ref")
    assert dtype.as_datatype_enum == number == int(dtype) == hash(dtype)
    assert dtype.name == name
    assert dtype.runtime_name == runtime_name
    assert reference.as_datatype_enum == number + 100
    assert reference.name == f"{name}_ref"
    assert reference.runtime_name == f"{runtime_name}_ref"
    assert reference.base_dtype is dtype is dtype.base_dtype
    assert dtype._as_ref is reference is reference._as_ref
    assert reference.is_ref_dtype
    assert reference._is_ref_dtype
    assert not dtype.is_ref_dtype
    assert str(dtype) == f"<dtype: '{name}'>"
    assert repr(reference) == f"tf.{name}_ref"
    for value in (name, runtime_name, number, dtype):
        assert dtypes.as_dtype(value) is dtype
    assert dtypes.as_dtype(f"{runtime_name}_ref") is reference


def test_aliases():
    assert dtypes.half is dtypes.float16
    assert dtypes.double is dtypes.float64
    assert dtypes.half_ref is dtypes.float16_ref
    assert dtypes.double_ref is dtypes.float64_ref


@pytest.mark.parametrize(
    ("attribute", "names"),
    [
        ("is_floating", "float16 float32 float64 bfloat16"),
        ("is_integer", "int8 int16 int32 int64 uint8 uint16 uint32 uint64"),
        ("is_unsigned", "uint8 uint16 uint32 uint64"),
        ("is_complex", "complex64 complex128"),
        ("is_bool", "bool"),
        ("is_quantized", "qint8 quint8 qint16 quint16 qint32"),
    ],
)
def test_families(attribute, names):
    found = {dtype.name for dtype in ALL if getattr(dtype, attribute)}
    assert found == set(names.split())
    assert {d.name for d in ALL if getattr(d._as_ref, attribute)} == found


def test_numpy_types():
    assert dtypes.float32.as_numpy_dtype is np.float32
    assert dtypes.bool.as_numpy_dtype is np.bool_
    assert dtypes.string.as_numpy_dtype is object
    assert dtypes.bfloat16.as_numpy_dtype is ml_dtypes.bfloat16
    assert dtypes.qint8.as_numpy_dtype == np.dtype([("qint8", np.int8)])
    assert dtypes.float32_ref.as_numpy_dtype is np.float32
    for dtype in ALL:
        assert isinstance(dtype.numpy, np.dtype)
    for dtype in (dtypes.resource, dtypes.variant):
        assert dtype.numpy == np.dtype(object)
        assert not dtype.is_numpy_compatible
        with pytest.raises(KeyError):
            dtype.as_numpy_dtype  # noqa: B018


def test_size_is_bytes_of_an_element():
    sizes = {dtype.name: dtype.size for dtype in ALL}
    assert (sizes["float16"], sizes["bfloat16"], sizes["complex128"]) == (2, 2, 16)
    assert (sizes["qint32"], sizes["bool"], sizes["resource"], sizes["variant"]) == (4, 1, 1, 1)


def test_real_dtype():
    assert dtypes.complex64.real_dtype is dtypes.float32
    assert dtypes.complex128.real_dtype is dtypes.float64
    assert dtypes.complex64_ref.real_dtype is dtypes.float32
    assert dtypes.int32.real_dtype is dtypes.int32


def test_min_and_max():
    assert dtypes.int8.min == -128
    assert dtypes.uint64.max == 2**64 - 1
    assert dtypes.float32.max == np.finfo(np.float32).max
    assert float(dtypes.float16.min) == -65504.0
    assert float(dtypes.bfloat16.max) == float.fromhex("0x1.FEp127")
    assert dtypes.int32_ref.max == 2**31 - 1


@pytest.mark.parametrize("name", ["bool", "string", "complex64", "qint8", "resource"])
def test_type_without_order_has_no_extremes(name):
    dtype = getattr(dtypes, name)
    with pytest.raises(TypeError, match=rf"^Cannot find minimum value of <dtype: '{name}'>\.$"):
        dtype.min  # noqa: B018
    with pytest.raises(TypeError, match=rf"^Cannot find maximum value of <dtype: '{name}'>\.$"):
        dtype.max  # noqa: B018


def test_limits_are_clipped_at_zero():
    assert dtypes.float32.limits == (0, 1)
    assert dtypes.int8.limits == (0, 127)
    assert dtypes.uint16.limits == (0, 65535)
    assert dtypes.bool.limits == (0, True)
    with pytest.raises(ValueError, match=r"^<dtype: 'float16'> does not have defined limits\.$"):
        dtypes.float16.limits  # noqa: B018


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (float, dtypes.float32),
        (bool, dtypes.bool),
        (object, dtypes.string),
        (np.float64, dtypes.float64),
        (np.longlong, dtypes.int64),
        (np.uintc, dtypes.uint32),
        (np.bool_, dtypes.bool),
        (np.str_, dtypes.string),
        (np.bytes_, dtypes.string),
        (np.object_, dtypes.string),
        (np.dtype("S3"), dtypes.string),
        (np.dtype("U"), dtypes.string),
        (np.dtype(">f4"), dtypes.float32),
        (np.dtype([("qint8", np.int8)]), dtypes.qint8),
        (ml_dtypes.bfloat16, dtypes.bfloat16),
        (np.dtype(ml_dtypes.bfloat16), dtypes.bfloat16),
        (np.zeros(2, np.int16), dtypes.int16),
        (np.float32(1.5), dtypes.float32),
        (101, dtypes.float32_ref),
    ],
)
def test_as_dtype(value, wanted):
    assert dtypes.as_dtype(value) is wanted


@pytest.mark.parametrize(
    "value",
    [int, str, bytes, complex, list, None, "int", "bogus", 0, 24, 1000, np.datetime64,
     np.longdouble, np.generic, np.floating, np.dtype([("a", np.int8)]), [], {}],
)  # fmt: skip
def test_as_dtype_refuses(value):
    with pytest.raises(TypeError) as caught:
        dtypes.as_dtype(value)
    assert str(caught.value) == f"Cannot convert value {value!r} to a TensorFlow DType."


def test_equality_takes_what_as_dtype_takes():
    assert dtypes.float32 == float  # noqa: E721
    assert dtypes.float32 == "float32"
    assert dtypes.int32 == np.int32
    assert dtypes.float32 != dtypes.float32_ref
    assert dtypes.float32 != None  # noqa: E711
    assert dtypes.float32 != "bogus"
    assert dtypes.float32 != []
    assert {dtypes.float32: 1}[dtypes.DType(1)] == 1


def test_reference_may_stand_for_its_base():
    assert dtypes.float32.is_compatible_with(dtypes.float32_ref)
    assert not dtypes.float32_ref.is_compatible_with(dtypes.float32)
    assert not dtypes.float32.is_compatible_with("float64")


def test_one_instance_per_type():
    assert dtypes.DType(3) is dtypes.int32
    assert copy.deepcopy(dtypes.int32) is dtypes.int32
    for dtype in ALL:
        assert pickle.loads(pickle.dumps(dtype)) is dtype
        assert pickle.loads(pickle.dumps(dtype._as_ref)) is dtype._as_ref
    with pytest.raises(TypeError, match=r"^type_enum is not a valid types_pb2\.DataType\.$"):
        dtypes.DType(1000)


def test_dtype_is_immutable():
    with pytest.raises(AttributeError, match="immutable"):
        dtypes.int32.name = "other"
    with pytest.raises(AttributeError, match="immutable"):
        del dtypes.int32.name
