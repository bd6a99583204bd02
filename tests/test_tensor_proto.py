"""Values to arrays, arrays to TensorProto messages, and back."""

import ml_dtypes
import numpy as np
import pytest

import tfsession.dtypes as dtypes
from tfsession.formats.tensor_proto import (
    is_tensor_proto,
    make_ndarray,
    make_tensor_proto,
    to_array,
)
from tfsession.protos import TensorProto


@pytest.mark.parametrize(
    ("values", "dtype", "wanted"),
    [
        (1.5, None, np.float32(1.5)),
        (1, None, np.int32(1)),
        (2**40, None, np.int64(2**40)),
        ([1, 2**40], None, np.array([1, 2**40])),
        ([1, 2.5], None, np.array([1, 2.5], np.float32)),
        ([True, 1], None, np.array([1, 1], np.int32)),
        (True, None, np.bool_(True)),
        (1 + 2j, None, np.complex128(1 + 2j)),
        (1, dtypes.complex64, np.complex64(1)),
        (True, dtypes.float32, np.float32(1)),
        ([], None, np.zeros([0], np.float32)),
        ([[], []], None, np.zeros([2, 0], np.float32)),
        (np.float64(1.5), None, np.float64(1.5)),
        ([np.float64(1.5)], None, np.array([1.5], np.float32)),
        (np.array([1.5]), dtypes.int32, np.array([1], np.int32)),
        (np.array([1, 2], ">i4"), None, np.array([1, 2], np.int32)),
        (300, dtypes.uint8, np.uint8(44)),
        (2**31, dtypes.int32, np.int32(-(2**31))),
        (2**63, dtypes.uint64, np.uint64(2**63)),
        (1.0, dtypes.bfloat16, np.array(1, ml_dtypes.bfloat16)),
        (np.int8([3, 4]), dtypes.qint8, np.array([(3,), (4,)], [("qint8", np.int8)])),
    ],
)
def test_to_array(values, dtype, wanted):
    array = to_array(values, dtype)
    assert isinstance(array, np.ndarray)
    assert (array.dtype, array.shape) == (wanted.dtype, wanted.shape)
    assert array.tolist() == wanted.tolist()


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ("\u00e9", b"\xc3\xa9"),
        (b"a\0", b"a\0"),
        ([["a"], [b"b\0"]], [[b"a"], [b"b\0"]]),
        (np.array(["a", "bc"]), [b"a", b"bc"]),
        (np.array(["a", b"b"], object), [b"a", b"b"]),
    ],
)
def test_strings_are_bytes_and_keep_zero_bytes(values, wanted):
    array = to_array(values)
    assert array.dtype == object
    assert array.tolist() == wanted


def test_to_array_is_a_copy_in_c_order():
    values = np.arange(6).reshape(2, 3)[:, ::-1]
    array = to_array(values)
    assert array.flags.c_contiguous
    array[:] = 0
    assert values.any()


def test_shape_repeats_the_last_value():
    assert to_array(7, shape=[2, 2]).tolist() == [[7, 7], [7, 7]]
    assert to_array([1, 2], shape=[4]).tolist() == [1, 2, 2, 2]
    assert to_array("a", shape=[2]).tolist() == [b"a", b"a"]
    assert to_array(7, shape=[0]).dtype == np.float32


@pytest.mark.parametrize(
    ("error", "text", "values", "options"),
    [
        (ValueError, "None values not supported.", None, {}),
        (TypeError, "Expected int32, got 1.5 of type 'float' instead.", 1.5, {"dtype": "int32"}),
        (TypeError, "Expected int32, got 'a' of type 'str' instead.", ["a"], {"dtype": "int32"}),
        (
            TypeError,
            "Expected int32, got 1.5 of type 'float32' instead.",
            [np.float32(1.5)],
            {"dtype": "int32"},
        ),
        (TypeError, "Expected bool, got 1 of type 'int' instead.", [1], {"dtype": "bool"}),
        (TypeError, "Expected string, got 1 of type 'int' instead.", 1, {"dtype": "string"}),
        (
            TypeError,
            "Expected float32, got None of type 'NoneType' instead.",
            [1.0, None],
            {"dtype": "float32"},
        ),
        (TypeError, "Expected qint8, got 1 of type 'int' instead.", 1, {"dtype": "qint8"}),
        (
            TypeError,
            "Failed to convert object of type <class 'list'> to Tensor. Contents: [1, 'a']. "
            "Consider casting elements to a supported type.",
            [1, "a"],
            {},
        ),
        (
            ValueError,
            "Argument must be a dense tensor: [[1, 2], [3]] - got shape [2], but wanted [2, 2].",
            [[1, 2], [3]],
            {},
        ),
        (
            ValueError,
            "Argument must be a dense tensor: range(0, 3) - got shape [3], but wanted [].",
            range(3),
            {},
        ),
        (
            ValueError,
            "Too many elements provided. Needed at most 2, but received 3",
            [1, 2, 3],
            {"shape": [2]},
        ),
        (
            TypeError,
            "Expected Tensor's shape: (2, 1), got (2,).",
            [1, 2],
            {"shape": [2, 1], "verify_shape": True},
        ),
        (
            ValueError,
            "allow_broadcast and verify_shape are not both allowed.",
            1,
            {"verify_shape": True, "allow_broadcast": True},
        ),
    ],
)
def test_errors(error, text, values, options):
    with pytest.raises(error) as caught:
        make_tensor_proto(values, **options)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("values", "options", "text"),
    [
        (1, {}, "dtype: DT_INT32 tensor_shape { } int_val: 1"),
        (1.0, {"dtype": "half"}, "dtype: DT_HALF tensor_shape { } half_val: 15360"),
        (1.0, {"dtype": "bfloat16"}, "dtype: DT_BFLOAT16 tensor_shape { } half_val: 16256"),
        (1 + 2j, {}, "dtype: DT_COMPLEX128 tensor_shape { } dcomplex_val: 1 dcomplex_val: 2"),
        (
            [True, False],
            {},
            "dtype: DT_BOOL tensor_shape { dim { size: 2 } } bool_val: true bool_val: false",
        ),
        (1, {"shape": [4]}, "dtype: DT_INT32 tensor_shape { dim { size: 4 } } int_val: 1"),
        (
            [1, 2],
            {"shape": [4]},
            "dtype: DT_INT32 tensor_shape { dim { size: 4 } } int_val: 1 int_val: 2",
        ),
        (["a"], {}, 'dtype: DT_STRING tensor_shape { dim { size: 1 } } string_val: "a"'),
        (
            np.uint16([1, 2]),
            {},
            "dtype: DT_UINT16 tensor_shape { dim { size: 2 } } int_val: 1 int_val: 2",
        ),
        (
            [1, 2],
            {"dtype": "half"},
            r'dtype: DT_HALF tensor_shape { dim { size: 2 } } tensor_content: "\000<\000@"',
        ),
    ],
)
def test_messages_are_those_of_tensorflow(values, options, text):
    assert " ".join(str(make_tensor_proto(values, **options)).split()) == text


@pytest.mark.parametrize(
    "dtype", [d for d in map(dtypes.DType, range(1, 24)) if d.name not in ("resource", "variant")]
)
@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0, 2)])
def test_round_trip(dtype, shape):
    source = np.ones(shape, np.int64)
    if dtype is dtypes.string:
        source = np.full(shape, b"x", object)
    array = to_array(source, dtype)
    message = make_tensor_proto(array, dtype)
    back = make_ndarray(TensorProto.FromString(message.SerializeToString()))
    assert (back.dtype, back.shape) == (dtype.numpy, shape)
    assert back.tolist() == array.tolist()
    assert back.flags.writeable


def test_reading_short_and_empty_lists():
    message = TensorProto(dtype=dtypes.int32.as_datatype_enum, int_val=[1, 2])
    message.tensor_shape.dim.add(size=4)
    assert make_ndarray(message).tolist() == [1, 2, 2, 2]
    message.ClearField("int_val")
    assert make_ndarray(message).tolist() == [0, 0, 0, 0]
    message.dtype = dtypes.string.as_datatype_enum
    assert make_ndarray(message).tolist() == [b"", b"", b"", b""]
    message.dtype = dtypes.complex64.as_datatype_enum
    message.scomplex_val.extend([1, 2])
    assert make_ndarray(message).tolist() == [1 + 2j] * 4


def test_reading_what_has_no_value():
    with pytest.raises(TypeError, match="Unsupported tensor type: 20"):
        make_ndarray(TensorProto(dtype=dtypes.resource.as_datatype_enum))
    message = TensorProto(dtype=dtypes.int32.as_datatype_enum)
    message.tensor_shape.dim.add(size=-1)
    with pytest.raises(ValueError, match="not fully known"):
        make_ndarray(message)


def test_a_message_is_returned_unchanged():
    message = make_tensor_proto(1)
    assert make_tensor_proto(message) is message
    assert is_tensor_proto(message)
    assert not is_tensor_proto(1)


class Interface:
    """An object with NumPy's older protocol."""

    def __init__(self, array):
        self.__array_interface__ = array.__array_interface__
        self.array = array


@pytest.mark.parametrize("dtype", [None, dtypes.float64])
def test_objects_with_the_array_interface_are_arrays(dtype):
    array = np.array([[1.0, 2.0]], np.float32)
    message = make_tensor_proto(Interface(array), dtype)
    found = make_ndarray(message)
    assert found.tolist() == array.tolist()
    assert found.dtype == (np.float32 if dtype is None else np.float64)
