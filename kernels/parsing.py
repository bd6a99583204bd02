"""Kernels that read records: Example messages, comma-separated values, serialised tensors.

Messages are parsed by the protobuf runtime; the values of a feature over a whole batch are put
together as one flat list, or as bytes where they are packed floats, and that becomes one array.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from tfsession.dtypes import DType, as_dtype, string as string_type
from tfsession.errors import InvalidArgumentError
from tfsession.formats.tensor_proto import make_ndarray
from tfsession.protos import Example, SequenceExample, TensorProto, TensorShapeProto
from tfsession.registry import kernel

from .array import shape_text
from .strings import number_of, printable, strings

Array = Any
Dims = tuple[int | None, ...] | None

_KINDS = {"float32": "float_list", "int64": "int64_list", "string": "bytes_list"}
_TYPES = {"float_list": "float", "int64_list": "int64", "bytes_list": "string"}


def _array(elements: list[Any], dtype: DType) -> Array:
    """A vector of a flat list."""
    if dtype is string_type:
        return strings(elements, (len(elements),))
    return np.array(elements, dtype.numpy)


class _Column:
    """The values of a feature, example after example."""

    def __init__(self, dtype: DType) -> None:
        self._dtype = dtype
        self._elements: list[Any] = []
        self._packed: list[bytes] = []
        self._is_float = _KINDS[dtype.name] == "float_list"

    def add(self, values: Any) -> int:
        """Adds the values of a FloatList, Int64List or BytesList; returns how many there are."""
        count = len(values.value)
        if self._is_float:
            # Floats are packed: four bytes each, at the end of the serialised list.
            if count:
                self._packed.append(values.SerializeToString()[-4 * count :])
        else:
            self._elements.extend(values.value)
        return count

    def add_array(self, array: Array) -> int:
        """Adds the elements of an array; returns how many there are."""
        if self._is_float:
            self._packed.append(array.astype("<f4").tobytes())
        else:
            self._elements.extend(array.ravel().tolist())
        return int(array.size)

    def array(self) -> Array:
        """All values as a vector."""
        if self._is_float:
            return np.frombuffer(bytearray(b"".join(self._packed)), "<f4").astype(
                np.float32, copy=False
            )
        return _array(self._elements, self._dtype)


def _dims_text(dims: Sequence[int | None]) -> str:
    return f"[{','.join('?' if n is None else str(n) for n in dims)}]"


def _texts(array: Array) -> list[bytes]:
    found: list[bytes] = array.ravel().tolist()
    return found


# ---- Features ----


@dataclass(frozen=True)
class _Batch:
    """The parsed examples, and how messages name each of them."""

    features: list[Any]
    names: Sequence[bytes]
    is_single: bool = False

    def values(self, index: int, key: str, kind: str, clash: str) -> Any:
        """The FloatList, Int64List or BytesList of a feature, None where there is none.

        Args:
          index: the example.
          key: the feature.
          kind: the list its values should be in.
          clash: what a message says of another kind, in terms of `found` and `wanted`.
        """
        features = self.features[index]
        if key not in features:
            return None
        feature = features[key]
        found = feature.WhichOneof("kind")
        if found is None:
            return None
        if found != kind:
            text = clash.format(found=_TYPES[found], wanted=_TYPES[kind])
            raise InvalidArgumentError.of(f"{self.place(key, index)}Data types don't match. {text}")
        return getattr(feature, kind)

    def where(self, index: int) -> str:
        """How a message of an example begins."""
        if self.is_single:
            return ""
        return f"Name: {self.name(index)}, "

    def name(self, index: int) -> str:
        """What an example is called in messages."""
        return printable(self.names[index]) if self.names else "<unknown>"

    def place(self, key: str, index: int) -> str:
        """How a message of a feature of an example begins."""
        if self.is_single:
            return f"Key: {key}.  "
        return f"Name: {self.name(index)}, Key: {key}, Index: {index}.  "


_SPARSE_CLASH = "Expected type: {wanted}, Actual type: {found}"
_DENSE_CLASH = "Data type: {found} but expected type: {wanted}"
_STEP_CLASH = "Expected type: {wanted}"


@dataclass(frozen=True)
class _Dense:
    """A feature that every example has as often, or that is padded."""

    key: str
    dtype: DType
    dims: tuple[int | None, ...]
    default: Array

    @property
    def kind(self) -> str:
        """The list its values are in."""
        return _KINDS[self.dtype.name]

    @property
    def is_variable(self) -> bool:
        """Whether the first axis differs from example to example."""
        return bool(self.dims) and self.dims[0] is None

    @property
    def stride(self) -> int:
        """The number of values of one example, or of one step where that is variable."""
        return math.prod(n for n in self.dims if n is not None)


def _sparse_feature(batch: _Batch, key: str, dtype: DType) -> tuple[Array, Array, Array]:
    """Indices, values and shape of a feature that examples have any number of times."""
    kind = _KINDS[dtype.name]
    column = _Column(dtype)
    counts = []
    for index in range(len(batch.features)):
        found = batch.values(index, key, kind, _SPARSE_CLASH)
        counts.append(0 if found is None else column.add(found))
    values = column.array()
    if batch.is_single:
        indices = np.arange(values.size, dtype=np.int64)[:, None]
        return indices, values, np.array([values.size], np.int64)
    sizes = np.array(counts, np.int64)
    widest = max(counts, default=0)
    return _ragged_indices(sizes), values, np.array([len(counts), widest], np.int64)


def _ragged_indices(counts: Array) -> Array:
    """[values, 2], the row of each value and its place there, for rows of these lengths."""
    total = int(counts.sum())
    indices = np.empty((total, 2), np.int64)
    indices[:, 0] = np.repeat(np.arange(counts.size), counts)
    indices[:, 1] = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    return indices


def _dense_feature(batch: _Batch, dense: _Dense) -> Array:
    """A feature of fixed size, [batch, ...]."""
    key, kind, stride = dense.key, dense.kind, dense.stride
    column = _Column(dense.dtype)
    for index in range(len(batch.features)):
        found = batch.values(index, key, kind, _DENSE_CLASH)
        if found is None:
            if dense.default.size == 0 and stride:
                raise InvalidArgumentError.of(
                    f"{batch.where(index)}Feature: {key} (data type: {dense.dtype.runtime_name}) "
                    "is required but could not be found."
                )
            count = column.add_array(np.broadcast_to(dense.default.ravel(), (stride,)))
        else:
            count = column.add(found)
        if count != stride:
            raise InvalidArgumentError.of(
                f"{batch.place(key, index)}Number of {dense.dtype.runtime_name} values != "
                f"expected.  Values size: {count} but output shape: "
                f"{_dims_text(dense.dims)}"
            )
    return column.array().reshape(len(batch.features), *dense.dims)


def _padded_feature(batch: _Batch, dense: _Dense) -> Array:
    """A feature whose first axis is padded to the longest example's, [batch, longest, ...]."""
    key, kind, stride = dense.key, dense.kind, dense.stride
    column = _Column(dense.dtype)
    counts = []
    for index in range(len(batch.features)):
        found = batch.values(index, key, kind, _DENSE_CLASH)
        count = 0 if found is None else column.add(found)
        if stride == 0 or count % stride:
            if batch.is_single:
                raise InvalidArgumentError.of(
                    f"Error while parsing feature with key {key}: number of elements should be "
                    f"divisible by {stride}, found {count} instead"
                )
            raise InvalidArgumentError.of(
                f"{batch.place(key, index)}Number of {dense.dtype.runtime_name} values is not a "
                f"multiple of stride length. Saw {count} values but output shape is: "
                f"{_dims_text(dense.dims)}"
            )
        counts.append(count // stride)
    padding = dense.default.ravel()[:1] if dense.default.size else None
    return _padded(column.array(), np.array(counts, np.int64), dense.dims[1:], padding)


def _padded(flat: Array, counts: Array, dims: Sequence[Any], padding: Array | None) -> Array:
    """Rows of different lengths as one array, filled up with `padding`."""
    longest = int(counts.max()) if counts.size else 0
    shape = (counts.size, longest, *dims)
    if (counts == longest).all():
        return flat.reshape(shape)
    empty: Any = b"" if flat.dtype.hasobject else 0
    result = np.full(shape, empty if padding is None else padding[0], flat.dtype)
    result[np.arange(longest) < counts[:, None]] = flat.reshape(-1, *dims)
    return result


def _features(batch: _Batch, sparse: Iterable[tuple[str, DType]], dense: Iterable[_Dense]) -> Any:
    """The outputs of a parsing op in their order: indices, values, shapes, dense values."""
    found = [_sparse_feature(batch, key, dtype) for key, dtype in sparse]
    columns = [list(column) for column in zip(*found, strict=True)] or [[], [], []]
    blocks = []
    for feature in dense:
        compute = _padded_feature if feature.is_variable else _dense_feature
        block = compute(batch, feature)
        blocks.append(block[0] if batch.is_single else block)
    return *columns[0], *columns[1], *columns[2], *blocks


def _result(arrays: Sequence[Array]) -> Any:
    return arrays[0] if len(arrays) == 1 else tuple(arrays)


def _parsed(message: Any, serialized: Iterable[bytes]) -> list[Any]:
    """The feature maps of serialised Examples."""
    found = []
    for text in serialized:
        try:
            found.append(message.FromString(text).features.feature)
        except DecodeError:
            raise InvalidArgumentError.of(
                f"Could not parse example input, value: '{printable(text)}'"
            ) from None
    return found


def _keys(arrays: Sequence[Array]) -> list[str]:
    return [array.item().decode() for array in arrays]


# ---- ParseExample, ParseSingleExample ----


@kernel("ParseExample", device="CPU", is_maker=True)
def parse_example(
    xp: Any,
    Nsparse: int,
    Ndense: int,
    sparse_types: list[DType],
    Tdense: list[DType],
    dense_shapes: list[Any],
) -> Callable[..., Any]:
    """The features of a batch of serialised Examples."""

    def parse(serialized: Array, names: Array, *inputs: Array) -> Any:
        if serialized.ndim != 1:
            raise InvalidArgumentError.of("Expected serialized to be a vector")
        if names.size and names.shape != serialized.shape:
            raise InvalidArgumentError.of(
                f"Expected len(names) == len(serialized), but got: {names.size} vs. "
                f"{serialized.size}"
            )
        batch = _Batch(_parsed(Example, serialized.tolist()), names.tolist())
        sparse_keys = _keys(inputs[:Nsparse])
        dense_keys = _keys(inputs[Nsparse : Nsparse + Ndense])
        dense = map(_Dense, dense_keys, Tdense, dense_shapes, inputs[Nsparse + Ndense :])
        return _result(_features(batch, zip(sparse_keys, sparse_types, strict=True), dense))

    return parse


@kernel("ParseSingleExample", device="CPU", is_maker=True)
def parse_single_example(
    xp: Any,
    sparse_keys: list[bytes],
    dense_keys: list[bytes],
    sparse_types: list[DType],
    Tdense: list[DType],
    dense_shapes: list[Any],
) -> Callable[..., Any]:
    """The features of one serialised Example."""
    sparse = [(key.decode(), dtype) for key, dtype in zip(sparse_keys, sparse_types, strict=True)]
    names = [key.decode() for key in dense_keys]

    def parse(serialized: Array, *defaults: Array) -> Any:
        if serialized.ndim:
            raise InvalidArgumentError.of("Expected serialized to be a scalar")
        batch = _Batch(_parsed(Example, [serialized.item()]), (), is_single=True)
        return _result(_features(batch, sparse, map(_Dense, names, Tdense, dense_shapes, defaults)))

    return parse


# ---- ParseSequenceExample, ParseSingleSequenceExample ----


def _parsed_sequences(serialized: Iterable[bytes], names: Sequence[bytes]) -> list[Any]:
    found = []
    for index, text in enumerate(serialized):
        try:
            found.append(SequenceExample.FromString(text))
        except DecodeError:
            name = printable(names[index]) if names else "<unknown>"
            raise InvalidArgumentError.of(
                f"Invalid protocol message input, example id: {name}"
            ) from None
    return found


def _steps(sequence: Any, key: str) -> Any:
    """The steps of a feature list, None where there is none."""
    lists = sequence.feature_lists.feature_list
    return lists[key].feature if key in lists else None


def _step_values(feature: Any, kind: str, key: str, name: str, step: int) -> Any:
    """The values of one step."""
    found = feature.WhichOneof("kind")
    if found is None:
        return None
    if found != kind:
        raise InvalidArgumentError.of(
            f"Name: {name}, Feature list: {key}, Index: {step}.  Data types don't match. "
            f"{_STEP_CLASH.format(wanted=_TYPES[kind])}"
        )
    return getattr(feature, kind)


def _sparse_list(
    sequences: list[Any], names: _Batch, key: str, dtype: DType, is_single: bool
) -> tuple[Array, Array, Array]:
    """A feature list as a sparse tensor [batch, steps, values of a step]."""
    kind = _KINDS[dtype.name]
    column = _Column(dtype)
    lengths, counts = [], []
    for index, sequence in enumerate(sequences):
        steps = _steps(sequence, key) or ()
        lengths.append(len(steps))
        for step, feature in enumerate(steps):
            found = _step_values(feature, kind, key, names.name(index), step)
            counts.append(0 if found is None else column.add(found))
    per_step, per_example = np.array(counts, np.int64), np.array(lengths, np.int64)
    steps_at = _ragged_indices(per_example)
    value_at = _ragged_indices(per_step)
    indices = np.concatenate([steps_at[value_at[:, 0]], value_at[:, 1:]], axis=1)
    shape = [len(sequences), max(lengths, default=0), max(counts, default=0)]
    if is_single:
        indices, shape = indices[:, 1:], shape[1:]
    return indices, column.array(), np.array(shape, np.int64)


def _dense_list(
    sequences: list[Any], names: _Batch, dense: _Dense, is_optional: bool
) -> tuple[Array, Array]:
    """A feature list of fixed size a step, [batch, most steps, ...], and the numbers of steps."""
    key, kind, stride = dense.key, dense.kind, math.prod(n or 0 for n in dense.dims)
    column = _Column(dense.dtype)
    lengths = []
    for index, sequence in enumerate(sequences):
        steps = _steps(sequence, key)
        if steps is None and not is_optional:
            raise InvalidArgumentError.of(
                f"Name: {names.name(index)}, Feature list '{key}' is required but could not be "
                "found.  Did you mean to include it in feature_list_dense_missing_assumed_empty "
                "or feature_list_dense_defaults?"
            )
        count = 0
        for step, feature in enumerate(steps or ()):
            found = _step_values(feature, kind, key, names.name(index), step)
            count += 0 if found is None else column.add(found)
        if count != len(steps or ()) * stride:
            raise InvalidArgumentError.of(
                f"Feature list '{key}' has an unexpected number of values.  Total values size: "
                f"{count} is not consistent with output shape: {_dims_text((None, *dense.dims))}"
            )
        lengths.append(len(steps or ()))
    counts = np.array(lengths, np.int64)
    return _padded(column.array(), counts, dense.dims, None), counts


@dataclass(frozen=True)
class _SequenceFeatures:
    """What is to be read of SequenceExamples; the order is that of the ops' outputs."""

    context_sparse: list[tuple[str, DType]]
    context_dense: list[_Dense]
    list_sparse: list[tuple[str, DType]]
    list_dense: list[_Dense]
    optional: frozenset[str]

    def read(self, serialized: list[bytes], names: Sequence[bytes], is_single: bool) -> Any:
        """The outputs, with the lengths of dense lists at the end of a batch's."""
        sequences = _parsed_sequences(serialized, names)
        contexts = [sequence.context.feature for sequence in sequences]
        batch = _Batch(contexts, names, is_single)
        context = _features(batch, self.context_sparse, self.context_dense)
        sparse = [
            _sparse_list(sequences, batch, key, dtype, is_single) for key, dtype in self.list_sparse
        ]
        columns = [list(column) for column in zip(*sparse, strict=True)] or [[], [], []]
        dense = [
            _dense_list(sequences, batch, feature, feature.key in self.optional)
            for feature in self.list_dense
        ]
        blocks = [block[0] if is_single else block for block, _ in dense]
        lengths = [] if is_single else [counts for _, counts in dense]
        return _result([*context, *columns[0], *columns[1], *columns[2], *blocks, *lengths])


def _decoded(keys: Iterable[bytes]) -> list[str]:
    return [key.decode() for key in keys]


@kernel("ParseSequenceExample", device="CPU", is_maker=True)
def parse_sequence_example(
    xp: Any,
    feature_list_dense_missing_assumed_empty: list[bytes],
    context_sparse_keys: list[bytes],
    context_dense_keys: list[bytes],
    feature_list_sparse_keys: list[bytes],
    feature_list_dense_keys: list[bytes],
    context_sparse_types: list[DType],
    Tcontext_dense: list[DType],
    feature_list_dense_types: list[DType],
    context_dense_shapes: list[Any],
    feature_list_sparse_types: list[DType],
    feature_list_dense_shapes: list[Any],
) -> Callable[..., Any]:
    """The features of a batch of serialised SequenceExamples."""
    nothing = np.zeros(0)

    def parse(serialized: Array, debug_name: Array, *defaults: Array) -> Any:
        if serialized.ndim != 1:
            raise InvalidArgumentError.of("Expected serialized to be a vector")
        context_keys, list_keys = map(_decoded, (context_dense_keys, feature_list_dense_keys))
        wanted = _SequenceFeatures(
            list(zip(_decoded(context_sparse_keys), context_sparse_types, strict=True)),
            list(map(_Dense, context_keys, Tcontext_dense, context_dense_shapes, defaults)),
            list(zip(_decoded(feature_list_sparse_keys), feature_list_sparse_types, strict=True)),
            [
                _Dense(key, dtype, dims, nothing)
                for key, dtype, dims in zip(
                    list_keys, feature_list_dense_types, feature_list_dense_shapes, strict=True
                )
            ],
            frozenset(_decoded(feature_list_dense_missing_assumed_empty)),
        )
        return wanted.read(serialized.tolist(), debug_name.tolist(), is_single=False)

    return parse


@kernel("ParseSingleSequenceExample", device="CPU", is_maker=True)
def parse_single_sequence_example(
    xp: Any,
    Ncontext_sparse: int,
    Ncontext_dense: int,
    Nfeature_list_sparse: int,
    Nfeature_list_dense: int,
    context_sparse_types: list[DType],
    Tcontext_dense: list[DType],
    feature_list_dense_types: list[DType],
    context_dense_shapes: list[Any],
    feature_list_sparse_types: list[DType],
    feature_list_dense_shapes: list[Any],
) -> Callable[..., Any]:
    """The features of one serialised SequenceExample."""
    counts = (
        Ncontext_sparse,
        Ncontext_dense,
        Nfeature_list_sparse,
        Nfeature_list_dense,
        Ncontext_dense,
    )
    ends = np.cumsum(counts).tolist()
    nothing = np.zeros(0)

    def parse(serialized: Array, optional: Array, *inputs: Array) -> Any:
        if serialized.ndim:
            raise InvalidArgumentError.of("Expected serialized to be a scalar")
        groups = [inputs[end - n : end] for n, end in zip(counts, ends, strict=True)]
        context_sparse, context_dense, list_sparse, list_dense = map(_keys, groups[:4])
        wanted = _SequenceFeatures(
            list(zip(context_sparse, context_sparse_types, strict=True)),
            list(map(_Dense, context_dense, Tcontext_dense, context_dense_shapes, groups[4])),
            list(zip(list_sparse, feature_list_sparse_types, strict=True)),
            [
                _Dense(key, dtype, dims, nothing)
                for key, dtype, dims in zip(
                    list_dense, feature_list_dense_types, feature_list_dense_shapes, strict=True
                )
            ],
            frozenset(_decoded(_texts(optional))),
        )
        name = _texts(inputs[-1])
        return wanted.read([serialized.item()], name if name != [b""] else (), is_single=True)

    return parse


# ---- DecodeCSV ----

_QUOTE = 0x22


def csv_fields(record: bytes, delimiter: bytes, has_quotes: bool) -> list[bytes]:
    """The fields of one record.

    Raises:
      InvalidArgumentError: a quote or a line break is where it may not be.
    """
    if not has_quotes:
        return record.split(delimiter) if record else []
    if b'"' not in record and b"\n" not in record and b"\r" not in record:
        return record.split(delimiter) if record else []
    fields, at, size = [], 0, len(record)
    while at < size:
        if record[at] == _QUOTE:
            field, at = _quoted_field(record, at + 1, delimiter)
        else:
            end = record.find(delimiter, at)
            end = size if end < 0 else end
            field, at = record[at:end], end
            if any(letter in field for letter in (b'"', b"\n", b"\r")):
                raise InvalidArgumentError.of("Unquoted fields cannot have quotes/CRLFs inside")
        fields.append(field)
        at += 1
    if record.endswith(delimiter):
        fields.append(b"")
    return fields


def _quoted_field(record: bytes, start: int, delimiter: bytes) -> tuple[bytes, int]:
    """The field whose opening quote is before `start`, and where it ends."""
    at = start
    while True:
        end = record.find(b'"', at)
        if end < 0:
            raise InvalidArgumentError.of(
                "Quoted field has to end with quote followed by delim or end"
            )
        following = record[end + 1 : end + 2]
        if following == b'"':
            at = end + 2
        elif following in (b"", delimiter):
            return record[start:end].replace(b'""', b'"'), end + 1
        else:
            raise InvalidArgumentError.of(
                "Quote inside a string has to be escaped by another quote"
            )


@kernel("DecodeCSV", device="CPU", is_maker=True)
def decode_csv(
    xp: Any,
    OUT_TYPE: list[DType],
    field_delim: bytes,
    use_quote_delim: bool,
    na_value: bytes,
    select_cols: list[int],
) -> Callable[..., Any]:
    """The columns of records of comma-separated values."""
    if len(field_delim) != 1:
        raise InvalidArgumentError.of("field_delim should be only 1 char")
    count = len(OUT_TYPE)

    def decode(records: Array, *defaults: Array) -> Any:
        for index, default in enumerate(defaults):
            if default.size > 1:
                raise InvalidArgumentError.of(
                    f"There should only be 1 default per field but field {index} has {default.size}"
                )
        rows = []
        for index, record in enumerate(records.ravel().tolist()):
            fields = csv_fields(record, field_delim, use_quote_delim)
            if select_cols:
                fields = [fields[column] for column in select_cols if column < len(fields)]
            if len(fields) != count:
                raise InvalidArgumentError.of(
                    f"Expect {count} fields but have {len(fields)} in record {index}"
                )
            rows.append(fields)
        columns = csv_columns(rows, OUT_TYPE, defaults, na_value)
        return _result([column.reshape(records.shape) for column in columns])

    return decode


def csv_columns(
    rows: Sequence[Sequence[bytes]],
    types: Sequence[DType],
    defaults: Sequence[Array],
    na: bytes,
    of_one: bool = False,
) -> list[Array]:
    """The columns of rows of fields, as arrays; what is empty or `na` takes the default.

    Errors number the rows, but not where there is `of_one` alone.
    """
    columns = zip(*rows, strict=True) if rows else ((),) * len(types)
    return [
        _column(number, column, dtype, default, na, of_one)
        for number, (column, dtype, default) in enumerate(
            zip(columns, types, defaults, strict=True)
        )
    ]


def _column(
    number: int,
    fields: Sequence[bytes],
    dtype: DType,
    default: Array,
    na_value: bytes,
    of_one: bool,
) -> Array:
    """One column as an array; empty fields take the default."""
    elements: list[Any] = []
    fallback = default.ravel().tolist()
    for index, field in enumerate(fields):
        place = "" if of_one else f" {index}"
        if not field or field == na_value:
            if not fallback:
                raise InvalidArgumentError.of(
                    f"Field {number} is required but missing in record{place}!"
                )
            elements.append(fallback[0])
            continue
        element = field if dtype is string_type else number_of(field, dtype.numpy)
        if element is None:
            raise InvalidArgumentError.of(
                f"Field {number} in record{place} is not a valid {dtype.runtime_name}: "
                f"{printable(field)}"
            )
        elements.append(element)
    return _array(elements, dtype)


# ---- ParseTensor, SerializeTensor ----


@kernel("ParseTensor", device="CPU", is_maker=True)
def parse_tensor(xp: Any, out_type: DType) -> Callable[[Array], Array]:
    """The tensor of a serialised TensorProto."""

    def parse(serialized: Array) -> Array:
        if serialized.ndim:
            shape = shape_text(serialized.shape)
            raise InvalidArgumentError.of(
                f"Expected `serialized` to be a scalar, got shape: {shape}"
            )
        text = serialized.item()
        try:
            message = TensorProto.FromString(text)
            found = as_dtype(message.dtype)
        except (DecodeError, TypeError):
            raise InvalidArgumentError.of(
                "Could not parse `serialized` as TensorProto, base64: "
                f"{base64.urlsafe_b64encode(text).decode()}"
            ) from None
        if found is not out_type:
            raise InvalidArgumentError.of(
                f"Type mismatch between parsed tensor ({found.runtime_name}) and dtype "
                f"({out_type.runtime_name})"
            )
        # What is read may lie in the message's own memory.
        return np.array(make_ndarray(message))

    return parse


@kernel("SerializeTensor", device="CPU", is_maker=True)
def serialize_tensor(xp: Any, T: DType) -> Callable[[Array], Array]:
    """A tensor as a TensorProto."""

    def serialize(tensor: Array) -> Array:
        sizes = [TensorShapeProto.Dim(size=n) for n in tensor.shape]
        message = TensorProto(
            dtype=T.as_datatype_enum,  # type: ignore[arg-type]  # a number
            tensor_shape=TensorShapeProto(dim=sizes),
        )
        if T is string_type:
            message.string_val.extend(_texts(tensor))
        elif tensor.size:
            message.tensor_content = np.ascontiguousarray(tensor).tobytes()
        return strings([message.SerializeToString()], ())

    return serialize


# ---- DecodeJSONExample ----


@kernel("DecodeJSONExample", device="CPU", is_maker=True)
def decode_json_example(xp: Any) -> Callable[[Array], Array]:
    """Examples in JSON as serialised Examples."""
    from google.protobuf import json_format  # takes milliseconds, and few programs need it

    def decode(json_examples: Array) -> Array:
        found = []
        for text in _texts(json_examples):
            try:
                message = json_format.Parse(text, Example())
            except json_format.ParseError as error:
                raise InvalidArgumentError.of(f"Error while parsing JSON: {error}") from None
            found.append(message.SerializeToString(deterministic=True))
        return strings(found, json_examples.shape)

    return decode
