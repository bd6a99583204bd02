"""Ops on strings. They run on the CPU, where a string tensor is an array of `bytes`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DTypeLike, as_dtype
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.composites import SparseTensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops import array, math
from tfsession.ops.array import deprecated_argument
from tfsession.registry import family, no_gradient, op, shape, undefined_gradient
from tfsession.shapes import (
    Dims,
    broadcast_dims,
    merge_dims,
    with_rank,
    with_rank_at_least,
    with_rank_at_most,
)

__all__ = [
    "as_string",
    "decode_base64",
    "decode_raw",
    "encode_base64",
    "reduce_join",
    "regex_replace",
    "string_join",
    "string_split",
    "string_strip",
    "string_to_hash_bucket",
    "string_to_hash_bucket_fast",
    "string_to_hash_bucket_strong",
    "string_to_number",
    "substr",
]

family(is_light=True)


# ---- StringJoin ----

op("StringJoin(inputs: N * string) -> output: string", "N: int >= 1; separator: string = ''")
no_gradient("StringJoin")


@shape("StringJoin")
def string_join_shape(inputs: list[Tensor]) -> Dims:
    """The shape of the inputs that are no scalars."""
    result: Dims = None
    for tensor in inputs:
        if tensor.dims:
            result = merge_dims(result, tensor.dims)
    is_known = all(tensor.dims is not None for tensor in inputs)
    return () if result is None and is_known else result


def string_join(inputs: Any, separator: str = "", name: str | None = None) -> Tensor:
    """Joins strings of several tensors, element by element.

    Args:
      inputs: list of string tensors of one shape; scalars go with every element.
      separator: what is put between.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.strings.join`.
    """
    result: Tensor = build("StringJoin", inputs, separator=separator, name=name)
    return result


# ---- StringSplit ----

op(
    "StringSplit(input: string, delimiter: string) -> indices: int64, values: string, shape: int64",
    "skip_empty: bool = true",
)
op(
    "StringSplitV2(input: string, sep: string) -> indices: int64, values: string, shape: int64",
    "maxsplit: int = -1",
)
no_gradient("StringSplit")
undefined_gradient("StringSplitV2")


@shape("StringSplit")
def string_split_shape(input: Tensor, delimiter: Tensor) -> list[Dims]:
    """A sparse matrix of unknown size."""
    with_rank(input.dims, 1)
    with_rank(delimiter.dims, 0)
    return [(None, 2), (None,), (2,)]


@shape("StringSplitV2")
def string_split_v2_shape(input: Tensor, sep: Tensor) -> list[Dims]:
    """A sparse matrix of unknown size."""
    return string_split_shape(input, sep)


def _check_sparse_result(name: str, result_type: str) -> None:
    if result_type != "SparseTensor":
        raise ValueError(f"{name}: result_type {result_type!r} must be 'SparseTensor'.")


def string_split(
    source: Any,
    sep: TensorLike | None = None,
    skip_empty: bool = True,
    delimiter: Any = None,
    result_type: str = "SparseTensor",
    name: str | None = None,
) -> SparseTensor:
    """Splits strings at any of a set of bytes.

    Args:
      source: [n], string.
      sep: the bytes that separate; " " when None, every byte by itself when empty.
      skip_empty: whether empty parts are left out.
      delimiter: the older name of `sep`.
      result_type: "SparseTensor"; ragged tensors are not supported.
      name: a name for the operation.

    Returns:
      SparseTensor [n, most parts of a string], a row for each string.

    Source: TensorFlow 1.15 `tf.string_split`.
    """
    sep = deprecated_argument("sep", sep, "delimiter", delimiter)
    _check_sparse_result("string_split", result_type)
    with name_scope(name, "StringSplit", [source]):
        texts = convert_to_tensor(source, dtype=dtypes.string, name="source")
        separator = convert_to_tensor(" " if sep is None else sep, dtype=dtypes.string)
        return SparseTensor(*build("StringSplit", texts, separator, skip_empty=skip_empty))


def string_split_v2(
    input: TensorLike | None = None,
    sep: TensorLike | None = None,
    maxsplit: int = -1,
    result_type: str = "SparseTensor",
    source: Any = None,
    name: str | None = None,
) -> SparseTensor:
    """Splits strings as Python's `str.split` does.

    Args:
      input: [n], string.
      sep: the separator; runs of white space when None or empty.
      maxsplit: the largest number of splits of a string; no limit below 0.
      result_type: "SparseTensor"; ragged tensors are not supported.
      source: the older name of `input`.
      name: a name for the operation.

    Returns:
      SparseTensor [n, most parts of a string], a row for each string.

    Source: TensorFlow 1.15 `tf.strings.split`.
    """
    input = deprecated_argument("input", input, "source", source)
    _check_sparse_result("split", result_type)
    with name_scope(name, "StringSplit", [input]):
        texts = convert_to_tensor(input, dtype=dtypes.string, name="input")
        separator = convert_to_tensor("" if sep is None else sep, dtype=dtypes.string, name="sep")
        return SparseTensor(*build("StringSplitV2", texts, separator, maxsplit=maxsplit))


# ---- Substr, StringLength ----

op(
    "Substr(input: string, pos: T, len: T) -> output: string",
    "T: {int32, int64}; unit: {'BYTE', 'UTF8_CHAR'} = 'BYTE'",
)
op("StringLength(input: string) -> output: int32", "unit: {'BYTE', 'UTF8_CHAR'} = 'BYTE'")
undefined_gradient("Substr", "StringLength")


@shape("Substr")
def substr_shape(input: Tensor, pos: Tensor, len: Tensor) -> Dims:
    """Strings and positions broadcast together."""
    if pos.dims is None or len.dims is None:
        return None
    return broadcast_dims(input.dims, merge_dims(pos.dims, len.dims))


@shape("StringLength")
def string_length_shape(input: Tensor) -> Dims:
    """A number for each string."""
    return input.dims


def substr(
    input: TensorLike, pos: TensorLike, len: TensorLike, name: str | None = None, unit: str = "BYTE"
) -> Tensor:
    """Takes parts of strings.

    Args:
      input: string.
      pos: int32 or int64, where each part begins; negative counts from the end.
      len: the size of each part, of the shape and dtype of `pos`; broadcasts with `input`.
      name: a name for the operation.
      unit: "BYTE" or "UTF8_CHAR": what positions and sizes count.

    Raises:
      InvalidArgumentError: when it runs: a position is outside its string.

    Source: TensorFlow 1.15 `tf.strings.substr`.
    """
    result: Tensor = build("Substr", input, pos, len, unit=unit, name=name)
    return result


def string_length(input: TensorLike, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """Counts the bytes or characters of strings.

    Args:
      input: string.
      name: a name for the operation.
      unit: "BYTE" or "UTF8_CHAR".

    Returns:
      int32, of the shape of `input`.

    Source: TensorFlow 1.15 `tf.strings.length`.
    """
    result: Tensor = build("StringLength", input, unit=unit, name=name)
    return result


# ---- Regular expressions ----

op(
    "RegexReplace(input: string, pattern: string, rewrite: string) -> output: string",
    "replace_global: bool = true",
)
op(
    "StaticRegexReplace(input: string) -> output: string",
    "pattern: string; rewrite: string; replace_global: bool = true",
)
op("RegexFullMatch(input: string, pattern: string) -> output: bool")
op("StaticRegexFullMatch(input: string) -> output: bool", "pattern: string")
no_gradient("RegexReplace")
undefined_gradient("StaticRegexReplace", "RegexFullMatch", "StaticRegexFullMatch")


@shape("RegexReplace")
def regex_replace_shape(input: Tensor, pattern: Tensor, rewrite: Tensor) -> Dims:
    """A string for each string."""
    with_rank(pattern.dims, 0)
    with_rank(rewrite.dims, 0)
    return input.dims


@shape("RegexFullMatch")
def regex_full_match_shape(input: Tensor, pattern: Tensor) -> Dims:
    """A truth value for each string."""
    with_rank(pattern.dims, 0)
    return input.dims


@shape("StaticRegexReplace", "StaticRegexFullMatch")
def static_regex_shape(input: Tensor) -> Dims:
    """An element for each string."""
    return input.dims


def _is_text(value: Any) -> bool:
    return isinstance(value, (str, bytes))


def regex_replace(
    input: TensorLike,
    pattern: TensorLike,
    rewrite: TensorLike,
    replace_global: bool = True,
    name: str | None = None,
) -> Tensor:
    r"""Rewrites what a regular expression matches.

    Args:
      input: string.
      pattern: scalar string, in RE2's syntax.
      rewrite: scalar string, in which ``\1`` to ``\9`` are the groups and ``\0`` all of a match.
      replace_global: whether all matches are rewritten, or the first.
      name: a name for the operation.

    Raises:
      InvalidArgumentError: when it runs: the pattern or the rewrite is not valid.

    Source: TensorFlow 1.15 `tf.strings.regex_replace`.
    """
    result: Tensor
    if _is_text(pattern) and _is_text(rewrite):
        result = build(
            "StaticRegexReplace",
            input,
            pattern=pattern,
            rewrite=rewrite,
            replace_global=replace_global,
            name=name,
        )
        return result
    result = build(
        "RegexReplace", input, pattern, rewrite, replace_global=replace_global, name=name
    )
    return result


def regex_full_match(input: TensorLike, pattern: TensorLike, name: str | None = None) -> Tensor:
    """Tells which strings a regular expression matches as a whole.

    Args:
      input: string.
      pattern: scalar string, in RE2's syntax.
      name: a name for the operation.

    Returns:
      bool, of the shape of `input`.

    Raises:
      InvalidArgumentError: when it runs: the pattern is not valid.

    Source: TensorFlow 1.15 `tf.strings.regex_full_match`.
    """
    result: Tensor
    if _is_text(pattern):
        result = build("StaticRegexFullMatch", input, pattern=pattern, name=name)
        return result
    result = build("RegexFullMatch", input, pattern, name=name)
    return result


# ---- StringToNumber ----

op(
    "StringToNumber(string_tensor: string) -> output: out_type",
    "out_type: {float32, float64, int32, int64} = float32",
)
no_gradient("StringToNumber")


@shape("StringToNumber")
def string_to_number_shape(string_tensor: Tensor) -> Dims:
    """A number for each string."""
    return string_tensor.dims


def string_to_number(
    string_tensor: Any = None,
    out_type: DTypeLike = dtypes.float32,
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """Reads numbers from strings.

    Args:
      string_tensor: string.
      out_type: float32, float64, int32 or int64.
      name: a name for the operation.
      input: the newer name of `string_tensor`.

    Raises:
      InvalidArgumentError: when it runs: a string is no number, or one too large for the dtype.

    Source: TensorFlow 1.15 `tf.strings.to_number`.
    """
    texts = deprecated_argument("input", input, "string_tensor", string_tensor)
    result: Tensor = build("StringToNumber", texts, out_type=out_type, name=name)
    return result


# ---- AsString ----

op(
    "AsString(input: T) -> output: string",
    "T: {int8, int16, int32, int64, complex64, complex128, float32, float64, bool};"
    " precision: int = -1; scientific: bool = false; shortest: bool = false; width: int = -1;"
    " fill: string = ''",
)
no_gradient("AsString")


@shape("AsString")
def as_string_shape(input: Tensor) -> Dims:
    """A string for each number."""
    return input.dims


def as_string(
    input: TensorLike,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: str | None = None,
) -> Tensor:
    """Writes numbers as strings.

    Args:
      input: a number or bool tensor.
      precision: digits after the point of floats; C's default below 0.
      scientific: whether floats have an exponent.
      shortest: whether floats have one where that is shorter.
      width: the smallest number of characters.
      fill: " ", "+", "-", "0" or "#", the flag of C's printf; none when empty.
      name: a name for the operation.

    Raises:
      InvalidArgumentError: when it runs: the options do not go with the dtype or each other.

    Source: TensorFlow 1.15 `tf.strings.as_string`.
    """
    result: Tensor = build(
        "AsString",
        input,
        precision=precision,
        scientific=scientific,
        shortest=shortest,
        width=width,
        fill=fill,
        name=name,
    )
    return result


# ---- Hashes ----

op("StringToHashBucketFast(input: string) -> output: int64", "num_buckets: int >= 1")
op(
    "StringToHashBucketStrong(input: string) -> output: int64",
    "num_buckets: int >= 1; key: list(int)",
)
op("StringToHashBucket(string_tensor: string) -> output: int64", "num_buckets: int >= 1")
no_gradient("StringToHashBucketFast", "StringToHashBucketStrong", "StringToHashBucket")


@shape("StringToHashBucketFast", "StringToHashBucketStrong")
def string_to_hash_bucket_fast_shape(input: Tensor) -> Dims:
    """A number for each string."""
    return input.dims


@shape("StringToHashBucket")
def string_to_hash_bucket_shape(string_tensor: Tensor) -> Dims:
    """A number for each string."""
    return string_tensor.dims


def string_to_hash_bucket_fast(
    input: TensorLike, num_buckets: int, name: str | None = None
) -> Tensor:
    """Hashes strings to int64 numbers below `num_buckets`, the same on every platform.

    Args:
      input: string.
      num_buckets: at least 1.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.strings.to_hash_bucket_fast`; FarmHash's Fingerprint64.
    """
    result: Tensor = build("StringToHashBucketFast", input, num_buckets=num_buckets, name=name)
    return result


def string_to_hash_bucket_strong(
    input: TensorLike, num_buckets: int, key: Any, name: str | None = None
) -> Tensor:
    """Hashes strings under a key, so that nobody without it can aim at a bucket.

    Args:
      input: string.
      num_buckets: at least 1.
      key: list of two ints below 2**64.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.strings.to_hash_bucket_strong`; SipHash-2-4.
    """
    result: Tensor = build(
        "StringToHashBucketStrong", input, num_buckets=num_buckets, key=key, name=name
    )
    return result


def string_to_hash_bucket(
    string_tensor: Any = None,
    num_buckets: int | None = None,
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """Hashes strings to int64 numbers below `num_buckets`, by TensorFlow's first hash.

    Args:
      string_tensor: string.
      num_buckets: at least 1.
      name: a name for the operation.
      input: the newer name of `string_tensor`.

    Source: TensorFlow 1.15 `tf.strings.to_hash_bucket`.
    """
    texts = deprecated_argument("input", input, "string_tensor", string_tensor)
    result: Tensor = build("StringToHashBucket", texts, num_buckets=num_buckets, name=name)
    return result


# ---- StringStrip, StringLower, StringUpper ----

op("StringStrip(input: string) -> output: string")
op("StringLower(input: string) -> output: string", "encoding: string = ''")
op("StringUpper(input: string) -> output: string", "encoding: string = ''")
undefined_gradient("StringStrip", "StringLower", "StringUpper")


@shape("StringStrip", "StringLower", "StringUpper")
def string_strip_shape(input: Tensor) -> Dims:
    """A string for each string."""
    return input.dims


def string_strip(input: TensorLike, name: str | None = None) -> Tensor:
    """Takes white space off both ends of strings.

    Source: TensorFlow 1.15 `tf.strings.strip`.
    """
    result: Tensor = build("StringStrip", input, name=name)
    return result


def string_lower(input: TensorLike, encoding: str = "", name: str | None = None) -> Tensor:
    """Makes letters lower-case: ASCII's, or all where `encoding` is "utf-8".

    Source: TensorFlow 1.15 `tf.strings.lower`.
    """
    result: Tensor = build("StringLower", input, encoding=encoding, name=name)
    return result


def string_upper(input: TensorLike, encoding: str = "", name: str | None = None) -> Tensor:
    """Makes letters upper-case: ASCII's, or all where `encoding` is "utf-8".

    Source: TensorFlow 1.15 `tf.strings.upper`.
    """
    result: Tensor = build("StringUpper", input, encoding=encoding, name=name)
    return result


# ---- StringFormat ----

op(
    "StringFormat(inputs: T) -> output: string",
    "T: list(type) >= 0; template: string = '%s'; placeholder: string = '%s'; summarize: int = 3",
)
undefined_gradient("StringFormat")


@shape("StringFormat")
def string_format_shape() -> Dims:
    """A scalar."""
    return ()


def string_format(
    template: Any,
    inputs: Any,
    placeholder: str = "{}",
    summarize: int = 3,
    name: str | None = None,
) -> Tensor:
    """Writes tensors into a text.

    Args:
      template: str with a placeholder for each tensor.
      inputs: list of tensors, or one.
      placeholder: what marks the place of a tensor.
      summarize: how many elements each end of an axis shows; -1 for all.
      name: a name for the operation.

    Returns:
      Scalar string.

    Raises:
      ValueError: there are more placeholders than tensors, or fewer.

    Source: TensorFlow 1.15 `tf.strings.format`.
    """
    tensors = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    if template.count(placeholder) != len(tensors):
        raise ValueError(
            f"{template.count(placeholder)} placeholder(s) in template does not match "
            f"{len(tensors)} tensor(s) provided as input"
        )
    result: Tensor = build(
        "StringFormat",
        tensors,
        template=template,
        placeholder=placeholder,
        summarize=summarize,
        name=name,
    )
    return result


# ---- DecodeRaw ----

op(
    "DecodeRaw(bytes: string) -> output: out_type",
    "out_type: {float16, float32, float64, int32, uint16, uint8, int16, int8, int64, complex64,"
    " complex128, bool}; little_endian: bool = true",
)
no_gradient("DecodeRaw")


@shape("DecodeRaw")
def decode_raw_shape(bytes: Tensor) -> Dims:
    """A new last axis, of unknown size."""
    return None if bytes.dims is None else (*bytes.dims, None)


def decode_raw(
    input_bytes: Any = None,
    out_type: DTypeLike | None = None,
    little_endian: bool = True,
    name: str | None = None,
    bytes: Any = None,
) -> Tensor:
    """Reads the bytes of strings as numbers.

    Args:
      input_bytes: [...], string; all of one length, which is a multiple of the dtype's size.
      out_type: dtype of the numbers.
      little_endian: whether the lowest byte comes first.
      name: a name for the operation.
      bytes: the older name of `input_bytes`.

    Returns:
      [..., numbers in a string].

    Raises:
      InvalidArgumentError: when it runs: lengths differ or do not fit the dtype.

    Source: TensorFlow 1.15 `tf.io.decode_raw`.
    """
    texts = deprecated_argument("input_bytes", input_bytes, "bytes", bytes)
    if out_type is None:
        raise ValueError("decode_raw() missing 1 positional argument: 'out_type'")
    result: Tensor = build(
        "DecodeRaw", texts, out_type=as_dtype(out_type), little_endian=little_endian, name=name
    )
    return result


# ---- EncodeBase64, DecodeBase64 ----

op("EncodeBase64(input: string) -> output: string", "pad: bool = false")
op("DecodeBase64(input: string) -> output: string")
no_gradient("EncodeBase64", "DecodeBase64")


@shape("EncodeBase64", "DecodeBase64")
def base64_shape(input: Tensor) -> Dims:
    """A string for each string."""
    return input.dims


def encode_base64(input: TensorLike, pad: bool = False, name: str | None = None) -> Tensor:
    """Encodes strings in base64, in the alphabet for web addresses.

    Args:
      input: string.
      pad: whether "=" fills the last group of four.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.io.encode_base64`.
    """
    result: Tensor = build("EncodeBase64", input, pad=pad, name=name)
    return result


def decode_base64(input: TensorLike, name: str | None = None) -> Tensor:
    """Decodes what `encode_base64` encodes; "=" at the end may be missing.

    Raises:
      InvalidArgumentError: when it runs: a string is not base64.

    Source: TensorFlow 1.15 `tf.io.decode_base64`.
    """
    result: Tensor = build("DecodeBase64", input, name=name)
    return result


# ---- ReduceJoin, UnsortedSegmentJoin ----

op(
    "ReduceJoin(inputs: string, reduction_indices: int32) -> output: string",
    "keep_dims: bool = false; separator: string = ''",
)
op(
    "UnsortedSegmentJoin(inputs: string, segment_ids: Tindices, num_segments: Tnumsegments)"
    " -> output: string",
    "separator: string = ''; Tindices: {int32, int64}; Tnumsegments: {int32, int64} = int32",
)
no_gradient("ReduceJoin")
undefined_gradient("UnsortedSegmentJoin")


@shape("ReduceJoin")
def reduce_join_shape(inputs: Tensor, reduction_indices: Tensor, keep_dims: bool) -> Dims:
    """The axes that are not joined."""
    with_rank_at_most(reduction_indices.dims, 1)
    axes, dims = constant_value(reduction_indices), inputs.dims
    if dims is None:
        return None
    rank = len(dims)
    if axes is None:
        return (None,) * rank if keep_dims else None
    joined = set()
    for axis in axes.ravel().tolist():
        if not -rank <= axis < rank:
            raise ValueError(
                f"Invalid reduction dimension {axis} for input with {rank} dimensions."
            )
        joined.add(axis % rank)
    if keep_dims:
        return tuple(1 if axis in joined else n for axis, n in enumerate(dims))
    return tuple(n for axis, n in enumerate(dims) if axis not in joined)


@shape("UnsortedSegmentJoin")
def unsorted_segment_join_shape(inputs: Tensor, segment_ids: Tensor, num_segments: Tensor) -> Dims:
    """`num_segments` rows."""
    with_rank(num_segments.dims, 0)
    if inputs.dims is None or segment_ids.dims is None:
        return None
    rank = len(segment_ids.dims)
    with_rank_at_least(inputs.dims, rank)
    count = constant_value(num_segments)
    return (None if count is None else int(count), *inputs.dims[rank:])


def reduce_join(
    inputs: Any,
    axis: TensorLike | None = None,
    keep_dims: Any = None,
    separator: str = "",
    name: str | None = None,
    reduction_indices: Any = None,
    keepdims: Any = None,
) -> Tensor:
    """Joins strings along axes.

    Args:
      inputs: string.
      axis: int or list of int, the axes to join, the innermost first; all when None.
      keep_dims: the older name of `keepdims`.
      separator: what is put between.
      name: a name for the operation.
      reduction_indices: the older name of `axis`.
      keepdims: whether joined axes stay, with size 1.

    Source: TensorFlow 1.15 `tf.strings.reduce_join`.
    """
    keepdims = deprecated_argument("keepdims", keepdims, "keep_dims", keep_dims)
    axis = deprecated_argument("axis", axis, "reduction_indices", reduction_indices)
    with name_scope(None, "ReduceJoin", [inputs, axis]):
        texts = convert_to_tensor(inputs, dtype=dtypes.string)
        if axis is None:
            axis = _all_axes(texts)
        result: Tensor = build(
            "ReduceJoin", texts, axis, keep_dims=bool(keepdims), separator=separator, name=name
        )
        return result


def _all_axes(texts: Tensor) -> Any:
    if texts.dims is not None:
        return np.arange(len(texts.dims) - 1, -1, -1, dtype=np.int32)
    return math.range(array.rank(texts) - 1, -1, -1)


def unsorted_segment_join(
    inputs: Any,
    segment_ids: TensorLike,
    num_segments: TensorLike,
    separator: str = "",
    name: str | None = None,
) -> Tensor:
    """Joins the strings of each segment.

    Args:
      inputs: string; its shape begins with that of `segment_ids`.
      segment_ids: int32 or int64, the segment of each row; negative for none.
      num_segments: scalar int, how many there are.
      separator: what is put between.
      name: a name for the operation.

    Returns:
      [num_segments, ...], string.

    Source: TensorFlow 1.15 `tf.strings.unsorted_segment_join`.
    """
    result: Tensor = build(
        "UnsortedSegmentJoin", inputs, segment_ids, num_segments, separator=separator, name=name
    )
    return result
