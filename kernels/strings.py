"""Kernels of ops on strings: object arrays of `bytes`, on the host."""

from __future__ import annotations

import base64
import itertools
import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tfsession.dtypes import DType
from tfsession.errors import InvalidArgumentError, OutOfRangeError
from tfsession.registry import kernel

from . import fingerprints, patterns
from .array import shape_text

Array = Any

_UTF8 = b"UTF8_CHAR"


def strings(elements: Iterable[bytes], shape: tuple[int, ...]) -> Array:
    """An array of strings."""
    result = np.empty(shape, object)
    result.reshape(-1)[...] = elements if isinstance(elements, list) else list(elements)
    return result


def each(function: Callable[[bytes], bytes], x: Array) -> Array:
    """`function` of each string."""
    return strings([function(text) for text in x.ravel().tolist()], x.shape)


def printable(text: bytes) -> str:
    """A string inside a message."""
    return text.decode("utf-8", "replace")


# ---- StringJoin ----


@kernel("StringJoin", device="CPU")
def string_join(xp: Any, *inputs: Array, separator: bytes) -> Array:
    """Strings joined element by element; a scalar goes with every element."""
    shape = next((x.shape for x in inputs if x.ndim), ())
    for x in inputs:
        if x.ndim and x.shape != shape:
            raise InvalidArgumentError.of(
                f"Input shapes do not match: {shape_text(shape)} vs. {shape_text(x.shape)}"
            )
    columns = [
        x.ravel().tolist() if x.ndim else itertools.repeat(x.item(), int(np.prod(shape)))
        for x in inputs
    ]
    return strings([separator.join(row) for row in zip(*columns, strict=True)], shape)


# ---- StringSplit ----


def _sparse_rows(rows: list[list[bytes]]) -> Any:
    """Indices, values and shape of the sparse matrix that has these rows."""
    counts = np.fromiter(map(len, rows), np.int64, len(rows))
    total = int(counts.sum())
    indices = np.empty((total, 2), np.int64)
    indices[:, 0] = np.repeat(np.arange(len(rows)), counts)
    starts = np.cumsum(counts) - counts
    indices[:, 1] = np.arange(total) - np.repeat(starts, counts)
    values = strings(itertools.chain.from_iterable(rows), (total,))
    widest = int(counts.max()) if len(rows) else 0
    return indices, values, np.array([len(rows), widest], np.int64)


def _vector(x: Array) -> list[bytes]:
    if x.ndim != 1:
        raise InvalidArgumentError.of(f"input must be a vector, got shape: {shape_text(x.shape)}")
    found: list[bytes] = x.tolist()
    return found


@kernel("StringSplit", device="CPU")
def string_split(xp: Any, input: Array, delimiter: Array, skip_empty: bool) -> Any:
    """Strings split at any byte of a set, or into bytes if there is none."""
    texts = _vector(input)
    if delimiter.ndim:
        raise InvalidArgumentError.of(
            f"delimiter must be a scalar, got shape: {shape_text(delimiter.shape)}"
        )
    separators: bytes = delimiter.item()
    if not separators:
        return _sparse_rows([[text[i : i + 1] for i in range(len(text))] for text in texts])
    first = separators[:1]
    if len(separators) > 1:
        table = bytes.maketrans(separators, first * len(separators))
        texts = [text.translate(table) for text in texts]
    rows = [text.split(first) if text else [] for text in texts]
    return _sparse_rows([[part for part in row if part] for row in rows] if skip_empty else rows)


@kernel("StringSplitV2", device="CPU")
def string_split_v2(xp: Any, input: Array, sep: Array, maxsplit: int) -> Any:
    """Strings split at a separator, or at runs of white space if that is empty."""
    texts = _vector(input)
    if sep.ndim:
        raise InvalidArgumentError.of(f"sep must be a scalar, got shape: {shape_text(sep.shape)}")
    separator: bytes = sep.item()
    limit = max(maxsplit, -1)
    if limit == 0:
        return _sparse_rows([[text] for text in texts])
    if separator:
        return _sparse_rows([text.split(separator, limit) for text in texts])
    return _sparse_rows([_words(text, limit) for text in texts])


def _words(text: bytes, limit: int) -> list[bytes]:
    parts = text.split(None, limit)
    # What is left after the last allowed split counts, even if it is empty.
    return [*parts, b""] if len(parts) == limit else parts


# ---- Substr, StringLength ----


def _broadcast(*arrays: Array) -> tuple[Array, ...]:
    try:
        return np.broadcast_arrays(*arrays)
    except ValueError:
        shapes = " vs. ".join(shape_text(x.shape) for x in arrays[:2])
        raise InvalidArgumentError.of(f"Incompatible shapes: {shapes}") from None


@kernel("Substr", device="CPU")
def substr(xp: Any, input: Array, pos: Array, lengths: Array, unit: bytes) -> Array:
    """Parts of strings, in bytes or characters; a negative position counts from the end."""
    if pos.shape != lengths.shape:
        raise InvalidArgumentError.of(
            f"pos and len should have the same shape, got: {shape_text(pos.shape)} vs. "
            f"{shape_text(lengths.shape)}"
        )
    texts, starts, counts = _broadcast(input, pos, lengths)
    cut = _characters_of if unit == _UTF8 else _bytes_of
    parts = [
        cut(text, start, count, index)
        for index, (text, start, count) in enumerate(
            zip(
                texts.ravel().tolist(),
                starts.ravel().tolist(),
                counts.ravel().tolist(),
                strict=True,
            )
        )
    ]
    return strings(parts, texts.shape)


def _bytes_of(text: bytes, start: int, count: int, index: int) -> bytes:
    size = len(text)
    if not -size <= start <= size:
        raise InvalidArgumentError.of(
            f"pos {start} out of range for string b'{printable(text)}' at index {index}"
        )
    if start < 0:
        start += size
    # A negative size is a very large one.
    return text[start : start + count] if count >= 0 else text[start:]


def _characters_of(text: bytes, start: int, count: int, index: int) -> bytes:
    letters = patterns.as_text(text)
    size = len(letters)
    if not -size <= start <= size:
        raise InvalidArgumentError.of(f"pos {start} out of range for string at index {index}")
    if start < 0:
        start += size
    return patterns.as_bytes(letters[start : start + max(count, 0)])


@kernel("StringLength", device="CPU")
def string_length(xp: Any, input: Array, unit: bytes) -> Array:
    """The number of bytes or characters."""
    texts = input.ravel().tolist()
    if unit == _UTF8:
        counts = [len(patterns.as_text(text)) for text in texts]
    else:
        counts = [len(text) for text in texts]
    return np.array(counts, np.int32).reshape(input.shape)


# ---- Regular expressions ----


def _replace_all(input: Array, pattern: bytes, rewrite: bytes, everywhere: bool) -> Array:
    compiled = patterns.translate(pattern)
    parts = patterns.rewriter(compiled.groups, rewrite)
    if parts is None:
        return input
    return each(lambda text: patterns.replace(compiled.search, parts, text, everywhere), input)


def _scalar(x: Array, name: str) -> bytes:
    if x.ndim:
        raise InvalidArgumentError.of(f"{name} must be scalar, but received {shape_text(x.shape)}")
    found: bytes = x.item()
    return found


@kernel("RegexReplace", device="CPU")
def regex_replace(
    xp: Any, input: Array, pattern: Array, rewrite: Array, replace_global: bool
) -> Array:
    """Matches rewritten; the pattern is known when it runs."""
    texts = _scalar(pattern, "Pattern"), _scalar(rewrite, "Rewrite")
    return _replace_all(input, *texts, replace_global)


@kernel("StaticRegexReplace", device="CPU")
def static_regex_replace(
    xp: Any, input: Array, pattern: bytes, rewrite: bytes, replace_global: bool
) -> Array:
    """Matches rewritten."""
    return _replace_all(input, pattern, rewrite, replace_global)


def _matches(input: Array, pattern: bytes) -> Array:
    matches = patterns.translate(pattern).matches
    found = [matches(patterns.as_text(text)) for text in input.ravel().tolist()]
    return np.array(found, bool).reshape(input.shape)


@kernel("RegexFullMatch", device="CPU")
def regex_full_match(xp: Any, input: Array, pattern: Array) -> Array:
    """Whether strings match as a whole; the pattern is known when it runs."""
    return _matches(input, _scalar(pattern, "Pattern"))


@kernel("StaticRegexFullMatch", device="CPU")
def static_regex_full_match(xp: Any, input: Array, pattern: bytes) -> Array:
    """Whether strings match as a whole."""
    return _matches(input, pattern)


# ---- StringToNumber ----

# Zeros in front count for nothing; Python refuses to read thousands of digits.
_INTEGER = re.compile(rb"\s*(-?)0*([0-9]{1,20})\s*")
_HEXADECIMAL = re.compile(rb"\s*[+-]?0[xX][0-9a-fA-F]+\s*")


def number_of(text: bytes, dtype: np.dtype) -> Any:
    """The number that a string spells, or None if it spells none of this dtype."""
    if dtype.kind == "i":
        match = _INTEGER.fullmatch(text)
        if match is None:
            return None
        number = int(match[1] + match[2])
        limits = np.iinfo(dtype)
        return number if limits.min <= number <= limits.max else None
    try:
        return None if b"_" in text else float(text)
    except ValueError:
        return None if _HEXADECIMAL.fullmatch(text) is None else float.fromhex(text.decode())


@kernel("StringToNumber", device="CPU")
def string_to_number(xp: Any, string_tensor: Array, out_type: DType) -> Array:
    """The numbers that strings spell."""
    dtype = out_type.numpy
    numbers = []
    for text in string_tensor.ravel().tolist():
        number = number_of(text, dtype)
        if number is None:
            raise InvalidArgumentError.of(
                f"StringToNumberOp could not correctly convert string: {printable(text)}"
            )
        numbers.append(number)
    return np.array(numbers, dtype).reshape(string_tensor.shape)


# ---- AsString ----


@kernel("AsString", device="CPU", is_maker=True)
def as_string(
    xp: Any, T: DType, precision: int, scientific: bool, shortest: bool, width: int, fill: bytes
) -> Callable[[Array], Array]:
    """Numbers as text, by the rules of C's printf."""
    if len(fill) > 1:
        raise InvalidArgumentError.of("Fill string must be one or fewer characters")
    if fill not in (b"", b" ", b"+", b"-", b"0", b"#"):
        raise InvalidArgumentError.of(f'Fill argument not supported: "{printable(fill)}"')
    if scientific and shortest:
        raise InvalidArgumentError.of("Cannot select both scientific and shortest notation")
    if not (T.is_floating or T.is_complex):
        kind = T.runtime_name
        if scientific or shortest:
            raise InvalidArgumentError.of(
                f"scientific and shortest format not supported for datatype {kind}"
            )
        if precision >= 0:
            raise InvalidArgumentError.of(f"precision not supported for datatype {kind}")
    if T.is_bool:
        return lambda x: each_of(lambda flag: b"true" if flag else b"false", x)
    size = (str(width) if width >= 0 else "") + (f".{precision}" if precision >= 0 else "")
    letter = "d" if T.is_integer else "g" if shortest else "e" if scientific else "f"
    usual = f"%{fill.decode()}{size}{letter}".encode()
    if T.is_integer:
        return lambda x: each_of(usual.__mod__, x)
    # Zeros fill up numbers only.
    not_finite = usual.replace(b"%0", b"%")

    def one(number: float) -> bytes:
        return (usual if math.isfinite(number) else not_finite) % number

    if T.is_complex:
        return lambda x: each_of(lambda z: b"(%b,%b)" % (one(z.real), one(z.imag)), x)
    return lambda x: each_of(one, x)


def each_of(function: Callable[[Any], bytes], x: Array) -> Array:
    """`function` of each element, which gives a string."""
    return strings([function(element) for element in x.ravel().tolist()], x.shape)


# ---- Hashes ----


def _buckets(x: Array, function: Callable[..., Any], num_buckets: int) -> Array:
    hashes = fingerprints.hash_all(function, x.ravel().tolist())
    return (hashes % np.uint64(num_buckets)).astype(np.int64).reshape(x.shape)


@kernel("StringToHashBucketFast", device="CPU")
def string_to_hash_bucket_fast(xp: Any, input: Array, num_buckets: int) -> Array:
    """Fingerprint64 modulo the number of buckets."""
    return _buckets(input, fingerprints.fingerprint64, num_buckets)


@kernel("StringToHashBucketStrong", device="CPU")
def string_to_hash_bucket_strong(
    xp: Any, input: Array, num_buckets: int, key: Sequence[int]
) -> Array:
    """SipHash modulo the number of buckets."""
    if len(key) != 2:
        raise InvalidArgumentError.of("Key must have 2 elements")
    return _buckets(input, fingerprints.siphash((key[0], key[1])), num_buckets)


@kernel("StringToHashBucket", device="CPU")
def string_to_hash_bucket(xp: Any, string_tensor: Array, num_buckets: int) -> Array:
    """TensorFlow's first hash modulo the number of buckets."""
    return _buckets(string_tensor, fingerprints.legacy, num_buckets)


# ---- StringStrip, StringLower, StringUpper ----


@kernel("StringStrip", device="CPU")
def string_strip(xp: Any, input: Array) -> Array:
    """Strings without white space at their ends."""
    return each(bytes.strip, input)


def _check_encoding(encoding: bytes) -> bool:
    """Whether letters beyond ASCII change, too."""
    if encoding not in (b"", b"utf-8"):
        raise InvalidArgumentError.of(
            f"only utf-8 or '' (no encoding) is supported, received {printable(encoding)}"
        )
    return encoding == b"utf-8"


@kernel("StringLower", device="CPU")
def string_lower(xp: Any, input: Array, encoding: bytes) -> Array:
    """Lower-case strings."""
    if _check_encoding(encoding):
        return each(lambda text: text.decode(errors="replace").lower().encode(), input)
    return each(bytes.lower, input)


@kernel("StringUpper", device="CPU")
def string_upper(xp: Any, input: Array, encoding: bytes) -> Array:
    """Upper-case strings."""
    if _check_encoding(encoding):
        return each(lambda text: text.decode(errors="replace").upper().encode(), input)
    return each(bytes.upper, input)


# ---- StringFormat ----


@kernel("StringFormat", device="CPU")
def string_format(
    xp: Any, *inputs: Array, template: bytes, placeholder: bytes, summarize: int
) -> Array:
    """The template with each placeholder replaced by the text of a tensor."""
    parts = template.split(placeholder)
    if len(parts) != len(inputs) + 1:
        raise InvalidArgumentError.of(
            f"num placeholders in template and num inputs must match: {len(parts) - 1} vs. "
            f"{len(inputs)}"
        )
    pieces = [parts[0]]
    for x, part in zip(inputs, parts[1:], strict=True):
        pieces += [tensor_text(x, summarize).encode(), part]
    return strings([b"".join(pieces)], ())


def tensor_text(x: Array, summarize: int) -> str:
    """A tensor's text as `tf.print` writes it; the middle of long axes is left out.

    Args:
      x: the tensor.
      summarize: how many elements each end of an axis shows; -1 for all.

    Source: TensorFlow 1.15, core/framework/tensor.cc `Tensor::SummarizeValue`.
    """
    return _axis_text(np.asarray(x), 0, np.ndim(x), summarize)


def _axis_text(x: Array, axis: int, rank: int, summarize: int) -> str:
    if axis == rank:
        return element_text(x)
    count = x.shape[0]
    shown = [_axis_text(x[i], axis + 1, rank, summarize) for i in _ends(count, summarize)]
    if 0 <= 2 * summarize < count:
        shown.insert(summarize, "...")
    gap = "\n" * (rank - axis - 1) + " " * (axis + 1) if axis < rank - 1 else " "
    return f"[{gap.join(shown)}]"


def _ends(count: int, summarize: int) -> Iterable[int]:
    if summarize < 0 or 2 * summarize >= count:
        return range(count)
    return (*range(summarize), *range(count - summarize, count))


def element_text(x: Any) -> str:
    """The text of one element: floats as short as they can be told apart."""
    value = x.item() if isinstance(x, (np.ndarray, np.generic)) else x
    if isinstance(value, bytes):
        return f'"{c_escaped(value)}"'
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, complex):
        kind = np.float32 if np.asarray(x).dtype == np.complex64 else np.float64
        return f"({float_text(value.real, kind)},{float_text(value.imag, kind)})"
    if isinstance(value, float):
        return float_text(value, np.float64 if np.asarray(x).dtype == np.float64 else np.float32)
    return str(value)


def float_text(value: float, kind: Any) -> str:
    """A float in six (fifteen for double) digits, or in all where those do not determine it."""
    short, long = (15, 17) if kind is np.float64 else (6, 9)
    text = f"{value:.{short}g}"
    return text if kind(text) == kind(value) or value != value else f"{value:.{long}g}"


_ESCAPES = {10: "\\n", 13: "\\r", 9: "\\t", 34: '\\"', 39: "\\'", 92: "\\\\"}


def c_escaped(text: bytes) -> str:
    """A string as it would be written in C."""
    return "".join(
        _ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in text
    )


# ---- DecodeRaw ----


@kernel("DecodeRaw", device="CPU")
def decode_raw(xp: Any, x: Array, out_type: DType, little_endian: bool) -> Array:
    """The bytes of strings of one length as numbers along a new last axis."""
    texts = x.ravel().tolist()
    dtype = out_type.numpy
    if not texts:
        return np.empty((*x.shape, 0), dtype)
    size = len(texts[0])
    for index, text in enumerate(texts):
        if len(text) != size:
            raise InvalidArgumentError.of(
                "DecodeRaw requires input strings to all be the same size, but element "
                f"{index} has size {size} != {len(text)}"
            )
    if size % dtype.itemsize:
        raise InvalidArgumentError.of(
            f"Input to DecodeRaw has length {size} that is not a multiple of {dtype.itemsize}, "
            f"the size of {out_type.runtime_name}"
        )
    numbers = np.frombuffer(bytearray(b"".join(texts)), dtype)
    if not little_endian:
        # Of complex numbers, too, all bytes are turned round.
        raw = numbers.view(np.uint8).reshape(-1, dtype.itemsize)[:, ::-1]
        numbers = np.ascontiguousarray(raw).reshape(-1).view(dtype)
    return numbers.reshape(*x.shape, size // dtype.itemsize)


# ---- EncodeBase64, DecodeBase64 ----


@kernel("EncodeBase64", device="CPU")
def encode_base64(xp: Any, input: Array, pad: bool) -> Array:
    """Base64 in the alphabet for web addresses."""
    if pad:
        return each(base64.urlsafe_b64encode, input)
    return each(lambda text: base64.urlsafe_b64encode(text).rstrip(b"="), input)


_BASE64 = re.compile(rb"[A-Za-z0-9_-]*")


def _decode_base64(text: bytes) -> bytes:
    bare = text
    if len(text) % 4 == 0:
        bare = text.removesuffix(b"=").removesuffix(b"=")
    if len(bare) % 4 == 1:
        raise InvalidArgumentError.of("Base64 string length cannot be 1 modulo 4.")
    if _BASE64.fullmatch(bare) is None:
        raise InvalidArgumentError.of("Invalid character found in base64.")
    return base64.urlsafe_b64decode(bare + b"=" * (-len(bare) % 4))


@kernel("DecodeBase64", device="CPU")
def decode_base64(xp: Any, input: Array) -> Array:
    """What was encoded; padding may be missing."""
    return each(_decode_base64, input)


# ---- ReduceJoin, UnsortedSegmentJoin ----


@kernel("ReduceJoin", device="CPU")
def reduce_join(
    xp: Any, inputs: Array, reduction_indices: Array, keep_dims: bool, separator: bytes
) -> Array:
    """Strings joined along axes, the first axis given first."""
    rank = inputs.ndim
    axes = []
    for axis in reduction_indices.ravel().tolist():
        if not -rank <= axis < rank:
            raise OutOfRangeError.of(
                f"Invalid reduction dimension {axis} for input with {rank} dimension(s)"
            )
        if axis % rank in axes:
            raise InvalidArgumentError.of(f"Duplicate reduction dimension {axis % rank}")
        axes.append(axis % rank)
    kept = [axis for axis in range(rank) if axis not in axes]
    shape = tuple(inputs.shape[axis] for axis in kept)
    if not axes:
        return inputs.copy()
    count = int(np.prod([inputs.shape[axis] for axis in axes]))
    rows = inputs.transpose(*kept, *reversed(axes)).reshape(int(np.prod(shape)), count)
    joined = strings([separator.join(row) for row in rows.tolist()], shape)
    if keep_dims:
        joined = joined.reshape([1 if axis in axes else n for axis, n in enumerate(inputs.shape)])
    return joined


def _joined(texts: Iterable[bytes], separator: bytes) -> bytes:
    """Texts with separators between them; empty ones in front have none, as in TensorFlow."""
    joined = b""
    for text in texts:
        joined = joined + separator + text if joined else text
    return joined


@kernel("UnsortedSegmentJoin", device="CPU")
def unsorted_segment_join(
    xp: Any, inputs: Array, segment_ids: Array, num_segments: Array, separator: bytes
) -> Array:
    """Strings joined segment by segment."""
    rank, count = segment_ids.ndim, int(num_segments)
    if count < 0:
        raise InvalidArgumentError.of(f"Input num_segments == {count} must not be negative.")
    if inputs.shape[:rank] != segment_ids.shape:
        raise InvalidArgumentError.of(
            f"data.shape = {shape_text(inputs.shape)} does not start with segment_ids.shape = "
            f"{shape_text(segment_ids.shape)}"
        )
    tail = inputs.shape[rank:]
    rows = inputs.reshape(segment_ids.size, int(np.prod(tail))).tolist()
    ids = segment_ids.ravel().tolist()
    joined: list[list[bytes]] = []
    members: list[list[list[bytes]]] = [[] for _ in range(count)]
    for row, segment in zip(rows, ids, strict=True):
        if not 0 <= segment < count:
            raise InvalidArgumentError.of(
                "segment_ids are not allowed to exceed num_segments or to have negative values."
            )
        members[segment].append(row)
    for group in members:
        columns = list(zip(*group, strict=True)) if group else [()] * int(np.prod(tail))
        joined.append([_joined(column, separator) for column in columns])
    return strings(itertools.chain.from_iterable(joined), (count, *tail))
