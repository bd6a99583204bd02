"""Ops that read records: Example messages, comma-separated values, serialised tensors.

What to read of an Example is a dict from keys to features: `FixedLenFeature`, `VarLenFeature`,
`SparseFeature` and `FixedLenSequenceFeature`.
"""

from __future__ import annotations

import itertools
import re
from collections import namedtuple
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DType, DTypeLike, as_dtype
from tfsession.graph.build import TensorLike, as_list, build, constant_of_array, convert_to_tensor
from tfsession.graph.composites import SparseTensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array
from tfsession.ops.sparse import sparse_merge
from tfsession.registry import family, no_gradient, op, ranks, shape, undefined_gradient
from tfsession.shapes import Dims, TensorShape, as_dims, with_rank

__all__ = [
    "FixedLenFeature",
    "FixedLenSequenceFeature",
    "SparseFeature",
    "VarLenFeature",
    "decode_csv",
    "decode_json_example",
    "parse_example",
    "parse_single_example",
    "parse_single_sequence_example",
    "parse_tensor",
    "serialize_tensor",
]

family(is_light=True)


# ---- Features ----


class VarLenFeature(namedtuple("VarLenFeature", ["dtype"])):  # as TensorFlow's
    """A feature that an example has any number of times; it is read as a SparseTensor.

    Source: TensorFlow 1.15 `tf.io.VarLenFeature`.
    """


class FixedLenFeature(
    namedtuple("FixedLenFeature", ["shape", "dtype", "default_value"], defaults=(None,))
):
    """A feature of known shape; it is read as a Tensor.

    Attributes:
      shape: shape of the feature of one example.
      dtype: float32, int64 or string.
      default_value: its value where an example lacks it; None if it may not be lacking.

    Source: TensorFlow 1.15 `tf.io.FixedLenFeature`.
    """


class FixedLenSequenceFeature(
    namedtuple(
        "FixedLenSequenceFeature",
        ["shape", "dtype", "allow_missing", "default_value"],
        defaults=(False, None),
    )
):
    """A feature of any number of steps of known shape; it is read as a padded Tensor.

    Attributes:
      shape: shape of one step.
      dtype: float32, int64 or string.
      allow_missing: whether an example may lack it, which then counts as no steps.
      default_value: scalar, what shorter sequences are filled up with; 0 or "" if None.

    Source: TensorFlow 1.15 `tf.io.FixedLenSequenceFeature`.
    """


class SparseFeature(
    namedtuple(
        "SparseFeature",
        ["index_key", "value_key", "dtype", "size", "already_sorted"],
        defaults=(False,),
    )
):
    """A sparse vector or tensor whose indices and values are two or more features.

    Attributes:
      index_key: key of the feature of indices, or a list of keys, one an axis.
      value_key: key of the feature of values.
      dtype: dtype of the values.
      size: int or list of int, the size of each axis.
      already_sorted: whether the indices rise in each example.

    Source: TensorFlow 1.15 `tf.io.SparseFeature`.
    """


@dataclass
class _Wanted:
    """The keys, dtypes, shapes and defaults that features come down to."""

    sparse: dict[str, DType] = field(default_factory=dict)
    dense: dict[str, tuple[DType, Dims]] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)

    def add(self, key: str, feature: Any) -> None:
        """Adds one feature.

        Raises:
          ValueError: it lacks something, or contradicts another.
        """
        if not feature.dtype:
            raise ValueError(f"Missing type for feature {key}.")
        dtype = as_dtype(feature.dtype)
        if isinstance(feature, VarLenFeature):
            self._add_sparse(key, dtype)
        elif isinstance(feature, SparseFeature):
            self._add_parts(feature)
        elif isinstance(feature, FixedLenFeature):
            self.dense[key] = dtype, _fixed_dims(key, feature)
            if feature.default_value is not None:
                self.defaults[key] = feature.default_value
        else:
            if feature.shape is None:
                raise ValueError(f"Missing shape for feature {key}.")
            self.dense[key] = dtype, as_dims(feature.shape)
            if feature.allow_missing or feature.default_value is not None:
                self.defaults[key] = feature.default_value

    def _add_sparse(self, key: str, dtype: DType) -> None:
        if self.sparse.setdefault(key, dtype) is not dtype:
            raise ValueError(
                f"Conflicting type {self.sparse[key].name} vs {dtype.name} for feature {key}."
            )

    def _add_parts(self, feature: Any) -> None:
        if not feature.index_key:
            raise ValueError(f"Missing index_key for SparseFeature {feature}.")
        if not feature.value_key:
            raise ValueError(f"Missing value_key for SparseFeature {feature}.")
        for index_key in sorted(as_list(feature.index_key)):
            self._add_sparse(index_key, dtypes.int64)
        self._add_sparse(feature.value_key, as_dtype(feature.dtype))


def _fixed_dims(key: str, feature: Any) -> Dims:
    """The shape of a feature, which must be known."""
    if feature.shape is None:
        raise ValueError(f"Missing shape for feature {key}.")
    dims = as_dims(feature.shape)
    if dims and dims[0] is None:
        raise ValueError(
            f"First dimension of shape for feature {key} unknown. Consider using "
            "FixedLenSequenceFeature."
        )
    if dims is None or None in dims:
        raise ValueError(
            f"All dimensions of shape for feature {key} need to be known but received "
            f"{TensorShape(dims)}."
        )
    return dims


def _wanted(features: Mapping[str, Any] | None, kinds: tuple[type, ...]) -> _Wanted:
    """What features come down to, in the order of their keys."""
    wanted = _Wanted()
    for key in sorted(features or {}):
        feature = (features or {})[key]
        if not isinstance(feature, kinds):
            raise ValueError(f"Unsupported {type(feature).__name__} {feature}.")
        wanted.add(key, feature)
    return wanted


def _with_unknown_steps(features: Mapping[str, Any]) -> dict[str, Any]:
    """Features in which sequences have an axis for the steps.

    Raises:
      ValueError: an example may not lack a sequence.
    """
    found = dict(features)
    for key, feature in features.items():
        if isinstance(feature, FixedLenSequenceFeature):
            if not feature.allow_missing:
                raise ValueError(
                    "Unsupported: FixedLenSequenceFeature requires allow_missing to be True."
                )
            found[key] = feature._replace(shape=[None, *(as_dims(feature.shape) or ())])
    return found


def _default_tensors(wanted: _Wanted) -> list[Tensor]:
    """The defaults of dense features; an empty vector for those that may not be lacking."""
    tensors = []
    for key, (dtype, dims) in wanted.dense.items():
        default = wanted.defaults.get(key)
        is_variable = bool(dims) and dims is not None and dims[0] is None
        clean = re.sub(r"[^A-Za-z0-9_.\-/]", "_", key)
        if default is None:
            empty: Any = np.array(b"" if dtype is dtypes.string else 0, dtype.numpy)
            if not is_variable:
                empty = np.zeros(0, dtype.numpy)
            tensors.append(constant_of_array(empty, dtype=dtype))
        elif is_variable:
            padding = convert_to_tensor(default, dtype, name=f"padding_{clean}")
            tensors.append(array.reshape(padding, []))
        elif isinstance(default, Tensor):
            tensors.append(default)
        else:
            tensor = convert_to_tensor(default, dtype, name=f"key_{clean}")
            tensors.append(array.reshape(tensor, list(dims or ())))
    return tensors


def _by_key(wanted: _Wanted, indices: Any, values: Any, shapes: Any, dense: Any) -> dict[str, Any]:
    """The outputs of a parsing op by key."""
    found: dict[str, Any] = {
        key: SparseTensor(*parts)
        for key, parts in zip(wanted.sparse, zip(indices, values, shapes, strict=True), strict=True)
    }
    found.update(zip(wanted.dense, dense, strict=True))
    return found


def _with_sparse_features(features: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Puts sparse features together of their parts."""
    merged: dict[str, Any] = {}
    for key in sorted(features):
        feature = features[key]
        if not isinstance(feature, SparseFeature):
            continue
        ids: Any = [found[index_key] for index_key in as_list(feature.index_key)]
        is_list = isinstance(feature.index_key, (list, tuple))
        merged[key] = sparse_merge(
            ids if is_list else ids[0],
            found[feature.value_key],
            vocab_size=feature.size,
            already_sorted=feature.already_sorted,
        )
    found.update(merged)
    return {key: value for key, value in found.items() if key in features}


_EXAMPLE_FEATURES = (VarLenFeature, SparseFeature, FixedLenFeature, FixedLenSequenceFeature)

# ---- ParseExample, ParseSingleExample ----

_VALUES = "{float32, int64, string}"
op(
    "ParseExample(serialized: string, names: string, sparse_keys: Nsparse * string,"
    " dense_keys: Ndense * string, dense_defaults: Tdense) -> sparse_indices: Nsparse * int64,"
    " sparse_values: sparse_types, sparse_shapes: Nsparse * int64, dense_values: Tdense",
    f"Nsparse: int >= 0; Ndense: int >= 0; sparse_types: list({_VALUES}) >= 0;"
    f" Tdense: list({_VALUES}) >= 0; dense_shapes: list(shape) >= 0",
)
op(
    "ParseSingleExample(serialized: string, dense_defaults: Tdense)"
    " -> sparse_indices: num_sparse * int64, sparse_values: sparse_types,"
    " sparse_shapes: num_sparse * int64, dense_values: Tdense",
    "num_sparse: int >= 0; sparse_keys: list(string) >= 0; dense_keys: list(string) >= 0;"
    f" sparse_types: list({_VALUES}) >= 0; Tdense: list({_VALUES}) >= 0;"
    " dense_shapes: list(shape) >= 0",
)
undefined_gradient("ParseExample", "ParseSingleExample")


def _sparse_dims(count: int, rank: int) -> list[Dims]:
    kinds: list[Dims] = [(None, rank), (None,), (rank,)]
    return [dims for dims in kinds for _ in range(count)]


ranks("ParseExample", names=1)


@shape("ParseExample")
def parse_example_shape(serialized: Tensor, Nsparse: int, dense_shapes: list[Dims]) -> list[Dims]:
    """Sparse matrices of unknown size; dense features with an axis for the batch."""
    (batch,) = with_rank(serialized.dims, 1)
    dense: list[Dims] = [None if dims is None else (batch, *dims) for dims in dense_shapes]
    return [*_sparse_dims(Nsparse, 2), *dense]


@shape("ParseSingleExample")
def parse_single_example_shape(
    serialized: Tensor, num_sparse: int, dense_shapes: list[Dims]
) -> list[Dims]:
    """Sparse vectors of unknown size; dense features."""
    with_rank(serialized.dims, 0)
    return [*_sparse_dims(num_sparse, 1), *dense_shapes]


def parse_example(
    serialized: TensorLike,
    features: Mapping[str, Any] | None,
    name: str | None = None,
    example_names: Any = None,
) -> dict[str, Any]:
    """Reads features of a batch of serialised Example messages.

    Args:
      serialized: [batch], string.
      features: dict from keys to VarLenFeature, SparseFeature, FixedLenFeature or
        FixedLenSequenceFeature.
      name: prefix of the operations' names.
      example_names: [batch], string, what messages of errors call the examples.

    Returns:
      dict from keys to Tensors [batch, ...] and SparseTensors.

    Raises:
      ValueError: there are no features, or one is not complete.
      InvalidArgumentError: when it runs: an example is not valid, or a feature of it is lacking or
        has another dtype or size.

    Source: TensorFlow 1.15 `tf.io.parse_example`.
    """
    if not features:
        raise ValueError(f"Missing: features was {features}.")
    wanted = _wanted(_with_unknown_steps(features), _EXAMPLE_FEATURES)
    with name_scope(name, "ParseExample", [serialized, example_names]):
        names = np.zeros(0, object) if example_names is None else example_names
        outputs = build(
            "ParseExample",
            convert_to_tensor(serialized, dtypes.string, name="serialized"),
            convert_to_tensor(names, dtypes.string, name="names"),
            list(wanted.sparse),
            list(wanted.dense),
            _default_tensors(wanted),
            sparse_types=list(wanted.sparse.values()),
            dense_shapes=[dims for _, dims in wanted.dense.values()],
            name=name,
        )
        return _with_sparse_features(features, _by_key(wanted, *outputs))


def parse_single_example(
    serialized: TensorLike,
    features: Mapping[str, Any] | None,
    name: str | None = None,
    example_names: Any = None,
) -> dict[str, Any]:
    """Reads features of one serialised Example message.

    Args:
      serialized: scalar string.
      features: as in `parse_example`.
      name: prefix of the operations' names.
      example_names: scalar string, accepted for compatibility.

    Returns:
      dict from keys to Tensors and SparseTensors, without an axis for a batch.

    Raises:
      ValueError: there are no features, or one is not complete, or `serialized` is no scalar.
      InvalidArgumentError: when it runs: the example is not valid, or a feature of it is lacking
        or has another dtype or size.

    Source: TensorFlow 1.15 `tf.io.parse_single_example`.
    """
    if not features:
        raise ValueError(f"Missing features: {features}.")
    wanted = _wanted(_with_unknown_steps(features), _EXAMPLE_FEATURES)
    with name_scope(name, "ParseSingleExample", [serialized, example_names]):
        text = convert_to_tensor(serialized, dtypes.string, name="serialized")
        if text.dims:
            raise ValueError("Input serialized must be a scalar")
        outputs = build(
            "ParseSingleExample",
            text,
            _default_tensors(wanted),
            num_sparse=len(wanted.sparse),
            sparse_keys=list(wanted.sparse),
            dense_keys=list(wanted.dense),
            sparse_types=list(wanted.sparse.values()),
            dense_shapes=[dims for _, dims in wanted.dense.values()],
            name=name,
        )
        return _with_sparse_features(features, _by_key(wanted, *outputs))


# ---- ParseSequenceExample, ParseSingleSequenceExample ----

_CONTEXT = (
    "context_sparse_indices: Ncontext_sparse * int64, context_sparse_values: context_sparse_types,"
    " context_sparse_shapes: Ncontext_sparse * int64, context_dense_values: Tcontext_dense,"
    " feature_list_sparse_indices: Nfeature_list_sparse * int64,"
    " feature_list_sparse_values: feature_list_sparse_types,"
    " feature_list_sparse_shapes: Nfeature_list_sparse * int64,"
    " feature_list_dense_values: feature_list_dense_types"
)
_SEQUENCE_ATTRIBUTES = (
    "Ncontext_sparse: int >= 0 = 0; Ncontext_dense: int >= 0 = 0;"
    " Nfeature_list_sparse: int >= 0 = 0; Nfeature_list_dense: int >= 0 = 0;"
    f" context_sparse_types: list({_VALUES}) >= 0 = []; Tcontext_dense: list({_VALUES}) >= 0 = [];"
    f" feature_list_dense_types: list({_VALUES}) >= 0 = [];"
    " context_dense_shapes: list(shape) >= 0 = [];"
    f" feature_list_sparse_types: list({_VALUES}) >= 0 = [];"
    " feature_list_dense_shapes: list(shape) >= 0 = []"
)
op(
    "ParseSequenceExample(serialized: string, debug_name: string,"
    f" context_dense_defaults: Tcontext_dense) -> {_CONTEXT},"
    " feature_list_dense_lengths: Nfeature_list_dense * int64",
    "feature_list_dense_missing_assumed_empty: list(string) >= 0;"
    " context_sparse_keys: list(string) >= 0; context_dense_keys: list(string) >= 0;"
    " feature_list_sparse_keys: list(string) >= 0; feature_list_dense_keys: list(string) >= 0;"
    f" {_SEQUENCE_ATTRIBUTES}",
)
op(
    "ParseSingleSequenceExample(serialized: string,"
    " feature_list_dense_missing_assumed_empty: string,"
    " context_sparse_keys: Ncontext_sparse * string, context_dense_keys: Ncontext_dense * string,"
    " feature_list_sparse_keys: Nfeature_list_sparse * string,"
    " feature_list_dense_keys: Nfeature_list_dense * string,"
    f" context_dense_defaults: Tcontext_dense, debug_name: string) -> {_CONTEXT}",
    _SEQUENCE_ATTRIBUTES,
)
undefined_gradient("ParseSequenceExample", "ParseSingleSequenceExample")


ranks("ParseSequenceExample", debug_name=1)


@shape("ParseSequenceExample")
def parse_sequence_example_shape(
    serialized: Tensor,
    Ncontext_sparse: int,
    Nfeature_list_sparse: int,
    context_dense_shapes: list[Dims],
    feature_list_dense_shapes: list[Dims],
) -> list[Dims]:
    """As of one example, with an axis for the batch; and the lengths."""
    (batch,) = with_rank(serialized.dims, 1)
    context: list[Dims] = [None if d is None else (batch, *d) for d in context_dense_shapes]
    lists: list[Dims] = [
        None if d is None else (batch, None, *d) for d in feature_list_dense_shapes
    ]
    return [
        *_sparse_dims(Ncontext_sparse, 2),
        *context,
        *_sparse_dims(Nfeature_list_sparse, 3),
        *lists,
        *[(batch,) for _ in lists],
    ]


ranks("ParseSingleSequenceExample", feature_list_dense_missing_assumed_empty=1)


@shape("ParseSingleSequenceExample")
def parse_single_sequence_example_shape(
    serialized: Tensor,
    Ncontext_sparse: int,
    Nfeature_list_sparse: int,
    context_dense_shapes: list[Dims],
    feature_list_dense_shapes: list[Dims],
) -> list[Dims]:
    """Sparse vectors and dense features; sparse matrices and sequences of dense features."""
    with_rank(serialized.dims, 0)
    lists: list[Dims] = [None if d is None else (None, *d) for d in feature_list_dense_shapes]
    return [
        *_sparse_dims(Ncontext_sparse, 1),
        *context_dense_shapes,
        *_sparse_dims(Nfeature_list_sparse, 2),
        *lists,
    ]


def _sequence_features(
    context_features: Mapping[str, Any] | None, sequence_features: Mapping[str, Any] | None
) -> tuple[_Wanted, _Wanted, dict[str, Any]]:
    """What the context and the lists come down to, and the attributes they have in common.

    Raises:
      ValueError: there are no features, or one has a default in a list.
    """
    if not (context_features or sequence_features):
        raise ValueError("Missing features.")
    context = _wanted(context_features, (VarLenFeature, FixedLenFeature))
    lists = _wanted(sequence_features, (VarLenFeature, FixedLenSequenceFeature))
    for key, default in lists.defaults.items():
        if default is not None:
            raise ValueError(f"Value feature_list_dense_defaults[{key}] must be None")
    attributes = {
        "context_sparse_types": list(context.sparse.values()),
        "context_dense_shapes": [dims for _, dims in context.dense.values()],
        "feature_list_sparse_types": list(lists.sparse.values()),
        "feature_list_dense_types": [dtype for dtype, _ in lists.dense.values()],
        "feature_list_dense_shapes": [dims for _, dims in lists.dense.values()],
    }
    return context, lists, attributes


def parse_single_sequence_example(
    serialized: TensorLike,
    context_features: Mapping[str, Any] | None = None,
    sequence_features: Mapping[str, Any] | None = None,
    example_name: TensorLike | None = None,
    name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Reads one serialised SequenceExample message.

    Args:
      serialized: scalar string.
      context_features: dict from keys to VarLenFeature or FixedLenFeature.
      sequence_features: dict from keys to VarLenFeature or FixedLenSequenceFeature.
      example_name: scalar string, what messages of errors call the example.
      name: prefix of the operations' names.

    Returns:
      Two dicts from keys to Tensors and SparseTensors; those of the second begin with the steps.

    Raises:
      ValueError: there are no features, or one is not complete.
      InvalidArgumentError: when it runs: the example is not valid, or a feature of it is lacking
        or has another dtype or size.

    Source: TensorFlow 1.15 `tf.io.parse_single_sequence_example`.
    """
    context, lists, attributes = _sequence_features(context_features, sequence_features)
    with name_scope(name, "ParseSingleSequenceExample", [serialized, example_name]):
        outputs = build(
            "ParseSingleSequenceExample",
            convert_to_tensor(serialized, dtypes.string, name="serialized"),
            convert_to_tensor(np.array(list(lists.defaults), object), dtypes.string),
            list(context.sparse),
            list(context.dense),
            list(lists.sparse),
            list(lists.dense),
            _default_tensors(context),
            "" if example_name is None else example_name,
            name=name,
            **attributes,
        )
        return _by_key(context, *outputs[:4]), _by_key(lists, *outputs[4:8])


def parse_sequence_example(
    serialized: TensorLike,
    context_features: Mapping[str, Any] | None = None,
    sequence_features: Mapping[str, Any] | None = None,
    example_names: Any = None,
    name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Reads a batch of serialised SequenceExample messages.

    Args:
      serialized: [batch], string.
      context_features: dict from keys to VarLenFeature or FixedLenFeature.
      sequence_features: dict from keys to VarLenFeature or FixedLenSequenceFeature.
      example_names: [batch], string, what messages of errors call the examples.
      name: prefix of the operations' names.

    Returns:
      Two dicts from keys to Tensors and SparseTensors that begin with the batch; those of the
      second go on with the steps, filled up with 0 or "". And a dict from the keys of dense lists
      to int64 [batch]: the numbers of steps.

    Raises:
      ValueError: there are no features, or one is not complete.
      InvalidArgumentError: when it runs: an example is not valid, or a feature of it is lacking or
        has another dtype or size.

    Source: TensorFlow 1.15 `tf.io.parse_sequence_example`.
    """
    context, lists, attributes = _sequence_features(context_features, sequence_features)
    with name_scope(name, "ParseSequenceExample", [serialized, example_names]):
        names = np.zeros(0, object) if example_names is None else example_names
        outputs = build(
            "ParseSequenceExample",
            convert_to_tensor(serialized, dtypes.string, name="serialized"),
            convert_to_tensor(names, dtypes.string, name="names"),
            _default_tensors(context),
            feature_list_dense_missing_assumed_empty=list(lists.defaults),
            context_sparse_keys=list(context.sparse),
            context_dense_keys=list(context.dense),
            feature_list_sparse_keys=list(lists.sparse),
            feature_list_dense_keys=list(lists.dense),
            Ncontext_sparse=len(context.sparse),
            Ncontext_dense=len(context.dense),
            Nfeature_list_sparse=len(lists.sparse),
            Nfeature_list_dense=len(lists.dense),
            name=name,
            **attributes,
        )
        lengths = dict(zip(lists.dense, outputs[8], strict=True))
        return _by_key(context, *outputs[:4]), _by_key(lists, *outputs[4:8]), lengths


# ---- DecodeCSV ----

op(
    "DecodeCSV(records: string, record_defaults: OUT_TYPE) -> output: OUT_TYPE",
    "OUT_TYPE: list({float32, float64, int32, int64, string}) >= 1; field_delim: string = ',';"
    " use_quote_delim: bool = true; na_value: string = ''; select_cols: list(int) = []",
)
undefined_gradient("DecodeCSV")


@shape("DecodeCSV")
def decode_csv_shape(records: Tensor, record_defaults: list[Tensor]) -> list[Dims]:
    """A column for each default, of the shape of the records."""
    for default in record_defaults:
        if default.dims is None:
            continue
        if len(default.dims) > 1 or (default.dims and (default.dims[0] or 0) > 1):
            raise ValueError(
                "Shape of a default must be a length-0 or length-1 vector, or a scalar."
            )
    return [records.dims] * len(record_defaults)


def decode_csv(
    records: TensorLike,
    record_defaults: Sequence[Any],
    field_delim: str = ",",
    use_quote_delim: bool = True,
    name: str | None = None,
    na_value: str = "",
    select_cols: Sequence[int] | None = None,
) -> list[Tensor]:
    """Reads records of comma-separated values (RFC 4180).

    Args:
      records: string.
      record_defaults: for each column its default, whose dtype is the column's: a scalar, a vector
        of one element, or of none for a column that may not be empty.
      field_delim: the letter between fields.
      use_quote_delim: whether double quotes enclose fields.
      name: a name for the operation.
      na_value: another text, besides none, for which a field takes the default.
      select_cols: rising list of the columns to read; all when None.

    Returns:
      list of Tensors of the shape of `records`.

    Raises:
      ValueError: `select_cols` does not rise, or does not go with the defaults.
      InvalidArgumentError: when it runs: a record has another number of fields, or a field is
        lacking or no number.

    Source: TensorFlow 1.15 `tf.io.decode_csv`.
    """
    if select_cols is not None:
        if any(a >= b for a, b in itertools.pairwise(select_cols)):
            raise ValueError("select_cols is not strictly increasing.")
        if select_cols and select_cols[0] < 0:
            raise ValueError("select_cols contains negative values.")
        if len(select_cols) != len(record_defaults):
            raise ValueError("Length of select_cols and record_defaults do not match.")
    result: list[Tensor] = build(
        "DecodeCSV",
        records,
        record_defaults,
        field_delim=field_delim,
        use_quote_delim=use_quote_delim,
        na_value=na_value,
        select_cols=None if select_cols is None else list(select_cols),
        name=name,
    )
    return result


# ---- ParseTensor, SerializeTensor ----

op("ParseTensor(serialized: string) -> output: out_type", "out_type: type")
op("SerializeTensor(tensor: T) -> serialized: string", "T: type")
no_gradient("ParseTensor", "SerializeTensor")


@shape("ParseTensor")
def parse_tensor_shape() -> Dims:
    """Unknown."""
    return None


@shape("SerializeTensor")
def serialize_tensor_shape() -> Dims:
    """A scalar."""
    return ()


def parse_tensor(serialized: TensorLike, out_type: DTypeLike, name: str | None = None) -> Tensor:
    """Reads a tensor from a serialised TensorProto message.

    Args:
      serialized: scalar string.
      out_type: dtype of the tensor.
      name: a name for the operation.

    Raises:
      InvalidArgumentError: when it runs: the message is not valid, or has another dtype.

    Source: TensorFlow 1.15 `tf.io.parse_tensor`.
    """
    result: Tensor = build("ParseTensor", serialized, out_type=out_type, name=name)
    return result


def serialize_tensor(tensor: TensorLike, name: str | None = None) -> Tensor:
    """Writes a tensor as a serialised TensorProto message, a scalar string.

    Source: TensorFlow 1.15 `tf.io.serialize_tensor`.
    """
    result: Tensor = build("SerializeTensor", tensor, name=name)
    return result


# ---- DecodeJSONExample ----

op("DecodeJSONExample(json_examples: string) -> binary_examples: string")
undefined_gradient("DecodeJSONExample")


@shape("DecodeJSONExample")
def decode_json_example_shape(json_examples: Tensor) -> Dims:
    """A string for each string."""
    return json_examples.dims


def decode_json_example(json_examples: TensorLike, name: str | None = None) -> Tensor:
    """Turns Example messages in JSON into serialised ones.

    Raises:
      InvalidArgumentError: when it runs: a string is no JSON of an Example.

    Source: TensorFlow 1.15 `tf.io.decode_json_example`.
    """
    result: Tensor = build("DecodeJSONExample", json_examples, name=name)
    return result
