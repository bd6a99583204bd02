"""Records of tfsession.ops.parsing."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.record import Case
from tests.cases.strings import scalars

Maker = Callable[[np.random.Generator, np.dtype], list[Any]]

# ---- Messages, byte by byte ----


def varint(number: int) -> bytes:
    """A number in groups of seven bits."""
    number &= 2**64 - 1
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def field(number: int, content: bytes) -> bytes:
    """A field of a message that holds bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def feature(*elements: Any) -> bytes:
    """A Feature of bytes, floats or ints; of no kind where there are none."""
    if not elements:
        return b""
    if isinstance(elements[0], bytes):
        return field(1, b"".join(field(1, element) for element in elements))
    if isinstance(elements[0], float):
        return field(2, field(1, struct.pack(f"<{len(elements)}f", *elements)))
    return field(3, field(1, b"".join(map(varint, elements))))


def features(**found: bytes) -> bytes:
    """A Features."""
    entries = (field(1, key.encode()) + field(2, value) for key, value in found.items())
    return b"".join(field(1, entry) for entry in entries)


def example(**found: bytes) -> bytes:
    """An Example."""
    return field(1, features(**found))


def steps(*found: bytes) -> bytes:
    """A FeatureList."""
    return b"".join(field(1, step) for step in found)


def sequence(context: bytes, **lists: bytes) -> bytes:
    """A SequenceExample."""
    return field(1, context) + field(2, features(**lists))


def texts(*elements: Any) -> Maker:
    """Inputs: string tensors."""
    return lambda rng, dtype: [np.array(element, object) for element in elements]


EXAMPLES = [
    example(a=feature(1.0, 2.0), b=feature(3), c=feature(b"x"), e=feature()),
    example(a=feature(3.0, -4.5), b=feature(-4, 5, 2**62), d=feature(b"y", b"")),
    example(a=feature(5.0, 6.0)),
]
POINTS = [
    example(i=feature(3, 0), j=feature(1, 1), v=feature(1.0, 2.0)),
    example(i=feature(1), j=feature(0), v=feature(5.0)),
]
SEQUENCES = [
    sequence(
        features(n=feature(2), v=feature(1.0, 2.0)),
        x=steps(feature(1.0, 2.0), feature(3.0, 4.0)),
        y=steps(feature(b"a"), feature(), feature(b"b", b"c")),
    ),
    sequence(features(n=feature(7)), x=steps(feature(5.0, 6.0))),
]


def flat(found: Any) -> list[Any]:
    """The tensors of what a parsing function returns, in the order of the keys."""
    if isinstance(found, tuple):
        return [tensor for part in found for tensor in flat(part)]
    tensors: list[Any] = []
    for key in sorted(found):
        value = found[key]
        is_sparse = hasattr(value, "dense_shape")
        tensors += [value.indices, value.values, value.dense_shape] if is_sparse else [value]
    return tensors


def every_kind(tf: Any) -> dict[str, Any]:
    """Features of each kind."""
    return {
        "a": tf.FixedLenFeature([2, 1], tf.float32),
        "b": tf.VarLenFeature(tf.int64),
        "c": tf.FixedLenFeature([], tf.string, default_value="none"),
        "d": tf.VarLenFeature(tf.string),
        "e": tf.FixedLenFeature([2], tf.int64, default_value=[8, 9]),
        "nowhere": tf.VarLenFeature(tf.float32),
    }


def sequences(tf: Any) -> dict[str, Any]:
    """Features with a step each."""
    return {
        "a": tf.FixedLenSequenceFeature([1], tf.float32, allow_missing=True),
        "b": tf.FixedLenSequenceFeature([], tf.int64, allow_missing=True, default_value=-1),
    }


def points(tf: Any) -> dict[str, Any]:
    """Features that are put together of others."""
    return {
        "matrix": tf.SparseFeature(["i", "j"], "v", tf.float32, [4, 2]),
        "vector": tf.SparseFeature("i", "v", tf.float32, 4),
        "v": tf.VarLenFeature(tf.float32),
    }


def lists(tf: Any) -> dict[str, Any]:
    """Features of sequence examples."""
    return {
        "context_features": {
            "n": tf.FixedLenFeature([], tf.int64),
            "v": tf.VarLenFeature(tf.float32),
        },
        "sequence_features": {
            "x": tf.FixedLenSequenceFeature([2], tf.float32),
            "y": tf.VarLenFeature(tf.string),
            "z": tf.FixedLenSequenceFeature([], tf.int64, allow_missing=True),
        },
    }


JSON = b'{"features": {"feature": {"a": {"floatList": {"value": [1.5, 2]}}}}}'

CASES = [
    # ---- ParseExample, ParseSingleExample ----
    *(
        Case(
            "ParseExample",
            kinds.__name__,
            lambda tf, x, kinds=kinds: flat(tf.parse_example(x, kinds(tf))),
            texts(examples),
        )
        for kinds, examples in ((every_kind, EXAMPLES), (sequences, EXAMPLES), (points, POINTS))
    ),
    Case(
        "ParseExample",
        "none",
        lambda tf, x: flat(tf.parse_example(x, {**every_kind(tf), **sequences(tf)})),
        texts([]),
    ),
    *(
        Case(
            "ParseSingleExample",
            f"{kinds.__name__}-{index}",
            lambda tf, x, kinds=kinds: flat(tf.parse_single_example(x, kinds(tf))),
            texts(EXAMPLES[index]),
        )
        for kinds in (every_kind, sequences)
        for index in range(2)
    ),
    # ---- ParseSequenceExample, ParseSingleSequenceExample ----
    Case(
        "ParseSequenceExample",
        "",
        lambda tf, x: flat(tf.io.parse_sequence_example(x, **lists(tf))),
        texts(SEQUENCES),
    ),
    *(
        Case(
            "ParseSingleSequenceExample",
            str(index),
            lambda tf, x: flat(tf.io.parse_single_sequence_example(x, **lists(tf))),
            texts(SEQUENCES[index]),
        )
        for index in range(2)
    ),
    # ---- DecodeCSV ----
    Case(
        "DecodeCSV",
        "",
        lambda tf, x: tf.decode_csv(
            x, [[0], [1.5], ["d"], tf.constant([], tf.int64), tf.constant(2.0, tf.float64)]
        ),
        texts([[b"1,2.5,a,4,1e3"], [b',,"b,""c""\n",-7,']]),
    ),
    Case(
        "DecodeCSV",
        "plain",
        lambda tf, x: tf.decode_csv(
            x, [["?"], [0]], field_delim="\t", use_quote_delim=False, na_value="NA"
        ),
        texts([b'"a\t1', b"NA\tNA"]),
    ),
    Case(
        "DecodeCSV",
        "columns",
        lambda tf, x: tf.decode_csv(x, [[0], [""]], select_cols=[1, 3]),
        texts([b"a,2,b,c,d", b',3,"","x",']),
    ),
    # ---- ParseTensor, SerializeTensor ----
    *(
        Case(
            "ParseTensor",
            dtype,
            lambda tf, x, dtype=dtype: tf.parse_tensor(tf.serialize_tensor(x), dtype),
            lambda rng, dtype: [rng.integers(0, 2, (2, 3)).astype(dtype)],
            (dtype,),
        )
        for dtype in ("float16", "bfloat16", "float64", "int32", "uint8", "complex64", "bool")
    ),
    Case(
        "SerializeTensor",
        "",
        lambda tf, x: tf.serialize_tensor(x),
        lambda rng, dtype: [np.arange(6).reshape(2, 3).astype(dtype)],
        ("float32", "int64", "bool"),
        gradient=False,
    ),
    Case("SerializeTensor", "text", lambda tf, x: tf.serialize_tensor(x), texts([b"a", b""])),
    Case("SerializeTensor", "scalar", lambda tf, x: tf.serialize_tensor(x), texts(b"abc")),
    Case(
        "ParseSingleExample",
        "text-scalar",
        lambda tf, x: scalars(
            tf, tf.parse_single_example(x, {"a": tf.FixedLenFeature([], tf.string)})["a"]
        ),
        texts(example(a=feature(b"ab"))),
    ),
    # ---- DecodeJSONExample ----
    Case(
        "DecodeJSONExample",
        "",
        lambda tf, x: flat(
            tf.parse_example(tf.decode_json_example(x), {"a": tf.FixedLenFeature([2], tf.float32)})
        ),
        texts([JSON, JSON]),
    ),
]
