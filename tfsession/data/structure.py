"""Structures of elements: what is nested how, and of which dtype and shape each part is.

Structures are tuples, named tuples and dicts. A list is no structure: it becomes one tensor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tfsession.dtypes import DType, DTypeLike, as_dtype, variant
from tfsession.graph.build import build, convert_to_tensor
from tfsession.graph.composites import SparseTensor, SparseTensorValue
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.shapes import Dims, ShapeLike, TensorShape, as_dims

# ---- Nests ----


def _members(structure: Any) -> list[Any] | None:
    """The members of one level, in the order in which they are flat; None: a leaf."""
    if isinstance(structure, Mapping):
        return [structure[key] for key in sorted(structure)]
    return list(structure) if isinstance(structure, tuple) else None


def _rebuilt(structure: Any, members: Sequence[Any]) -> Any:
    if isinstance(structure, Mapping):
        by_key = dict(zip(sorted(structure), members, strict=True))
        kind: Any = type(structure)
        return kind((key, by_key[key]) for key in structure)
    if hasattr(structure, "_fields"):
        return type(structure)(*members)
    return tuple(members)


def flatten(structure: Any) -> list[Any]:
    """The leaves."""
    members = _members(structure)
    if members is None:
        return [structure]
    return [leaf for member in members for leaf in flatten(member)]


def pack(structure: Any, leaves: Sequence[Any]) -> Any:
    """A structure of the same form, of other leaves."""
    return _packed(structure, iter(leaves))


def _packed(structure: Any, leaves: Iterator[Any]) -> Any:
    members = _members(structure)
    if members is None:
        return next(leaves)
    return _rebuilt(structure, [_packed(member, leaves) for member in members])


def mapped(function: Callable[[Any], Any], structure: Any) -> Any:
    """A function of each leaf."""
    return pack(structure, [function(leaf) for leaf in flatten(structure)])


# ---- What a part of an element is ----


class TensorSpec:
    """A tensor of known dtype and partly known shape.

    Args:
      shape: its shape.
      dtype: its dtype.
      name: its name, or None.

    Source: TensorFlow 1.15 `tf.TensorSpec`.
    """

    def __init__(
        self, shape: ShapeLike, dtype: DTypeLike = "float32", name: str | None = None
    ) -> None:
        self.shape = TensorShape(shape)
        self.dtype = as_dtype(dtype)
        self.name = name

    @classmethod
    def from_spec(cls, spec: Any, name: str | None = None) -> TensorSpec:
        """A copy, by another name where one is given."""
        return cls(spec.shape, spec.dtype, name or spec.name)

    @classmethod
    def from_tensor(cls, tensor: Tensor, name: str | None = None) -> TensorSpec:
        """What describes a tensor."""
        return cls(tensor.shape, tensor.dtype, name or tensor.op.name)

    def is_compatible_with(self, other: Any) -> bool:
        """Whether a tensor, or what another spec describes, may be what this one describes."""
        dtype = as_dtype(other.dtype)
        return dtype.is_compatible_with(self.dtype) and self.shape.is_compatible_with(other.shape)

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r})"

    def __eq__(self, other: object) -> bool:
        return repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    # -- As a part of elements --

    value_type: Any = Tensor

    @property
    def legacy(self) -> tuple[Any, Any, Any]:
        """The dtype, shape and class that `output_types` and its like show."""
        return self.dtype, self.shape, Tensor

    @property
    def flat(self) -> tuple[DType, Dims]:
        """The dtype and shape of the one tensor that a value travels as."""
        return self.dtype, as_dims(self.shape)

    def to_tensor(self, value: Any) -> Tensor:
        """The one tensor of a value."""
        return convert_to_tensor(value, self.dtype)

    def from_tensor_value(self, tensor: Tensor) -> Any:
        """The value of the one tensor."""
        tensor.set_shape(self.shape)
        return tensor

    def batched(self, size: int | None) -> Any:
        """Of several values below one another."""
        return TensorSpec(TensorShape([size]).concatenate(self.shape), self.dtype)

    def unbatched(self) -> Any:
        """Of a slice along the first dimension."""
        return TensorSpec(self.shape[1:], self.dtype)

    def most_general(self, other: Any) -> Any:
        """Of what either describes."""
        return TensorSpec(self.shape.most_specific_compatible_shape(other.shape), self.dtype)


class SparseTensorSpec:
    """A sparse tensor of known dtype and partly known shape.

    Source: TensorFlow 1.15 `tf.SparseTensorSpec`.
    """

    value_type: Any = SparseTensor

    def __init__(
        self,
        shape: ShapeLike | None = None,
        dtype: DTypeLike = "float32",
        batch_dims: int | None = 0,
    ) -> None:
        """Describes sparse tensors.

        Args:
          shape: the shape.
          dtype: the dtype of the values.
          batch_dims: how many of the first dimensions count tensors that travel side by side;
            None: not known.
        """
        self.shape = TensorShape(shape)
        self.dtype = as_dtype(dtype)
        self._batch_dims = batch_dims

    def __repr__(self) -> str:
        return f"SparseTensorSpec({self.shape!r}, {self.dtype!r})"

    def __eq__(self, other: object) -> bool:
        return repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def is_compatible_with(self, other: Any) -> bool:
        """Whether what another spec describes may be what this one describes."""
        return (
            isinstance(other, (SparseTensorSpec, SparseTensor))
            and other.dtype == self.dtype
            and self.shape.is_compatible_with(other.shape)
        )

    # -- As a part of elements: three arrays, in one tensor of dtype variant --

    @property
    def legacy(self) -> tuple[Any, Any, Any]:
        """The dtype, shape and class that `output_types` and its like show."""
        return self.dtype, self.shape, SparseTensor

    @property
    def flat(self) -> tuple[DType, Dims]:
        """The dtype and shape of the one tensor that a value travels as."""
        return variant, None if self._batch_dims is None else (None,) * self._batch_dims + (3,)

    def to_tensor(self, value: Any) -> Tensor:
        """The one tensor of a value."""
        sparse = SparseTensor.from_value(value)
        parts = sparse.indices, sparse.values, sparse.dense_shape
        result: Tensor = build("SerializeSparse", *parts, out_type=variant)
        return result

    def to_slices(self, value: Any) -> Tensor:
        """One tensor whose slices stand for those of a value."""
        sparse = SparseTensor.from_value(value)
        parts = sparse.indices, sparse.values, sparse.dense_shape
        result: Tensor = build("SerializeManySparse", *parts, out_type=variant)
        return result

    def from_tensor_value(self, tensor: Tensor) -> Any:
        """The value of the one tensor."""
        parts = build("DeserializeSparse", tensor, dtype=self.dtype)
        found = SparseTensor(*parts)
        rank = self.shape.ndims
        if rank is not None:
            found.indices.set_shape([None, rank])
            found.dense_shape.set_shape([rank])
        return found

    def batched(self, size: int | None) -> Any:
        """Of several values below one another."""
        more = None if self._batch_dims is None else self._batch_dims + 1
        return SparseTensorSpec(TensorShape([size]).concatenate(self.shape), self.dtype, more)

    def unbatched(self) -> Any:
        """Of a slice along the first dimension."""
        less = None if self._batch_dims is None else max(self._batch_dims - 1, 0)
        return SparseTensorSpec(self.shape[1:], self.dtype, less)

    def most_general(self, other: Any) -> Any:
        """Of what either describes."""
        return SparseTensorSpec(self.shape.most_specific_compatible_shape(other.shape), self.dtype)


class DatasetSpec:
    """A dataset of known elements.

    Source: TensorFlow 1.15 `tf.data.DatasetSpec`.
    """

    #: Makes a dataset of a tensor and a structure of specs: the module of datasets says so.
    value_type: Any = None

    def __init__(self, element_spec: Any, dataset_shape: ShapeLike = ()) -> None:
        self.element_spec = element_spec
        self.shape = TensorShape(dataset_shape)
        self.dtype = variant

    def __repr__(self) -> str:
        return f"DatasetSpec({self.element_spec!r}, {self.shape!r})"

    def __eq__(self, other: object) -> bool:
        return repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def is_compatible_with(self, other: Any) -> bool:
        """Whether what another spec describes may be what this one describes."""
        return isinstance(other, DatasetSpec) and are_compatible(
            self.element_spec, other.element_spec
        )

    @property
    def legacy(self) -> tuple[Any, Any, Any]:
        """The dtype, shape and class that `output_types` and its like show."""
        return self, self, self

    @property
    def flat(self) -> tuple[DType, Dims]:
        """The dtype and shape of the one tensor that a value travels as."""
        return variant, as_dims(self.shape)

    def to_tensor(self, value: Any) -> Tensor:
        """The one tensor of a value."""
        found: Tensor = value.variant_tensor
        return found

    def from_tensor_value(self, tensor: Tensor) -> Any:
        """The value of the one tensor."""
        return self.value_type(tensor, self.element_spec)

    def batched(self, size: int | None) -> Any:
        """Of several values below one another."""
        return DatasetSpec(self.element_spec, TensorShape([size]).concatenate(self.shape))

    def unbatched(self) -> Any:
        """Of a slice along the first dimension."""
        return DatasetSpec(self.element_spec, self.shape[1:])

    def most_general(self, other: Any) -> Any:
        """Of what either describes."""
        return self


Spec = TensorSpec | SparseTensorSpec | DatasetSpec


def spec_of(value: Any) -> Any:
    """What describes a value: a Tensor, what converts to one, a SparseTensor, or a dataset."""
    if isinstance(value, (SparseTensor, SparseTensorValue)):
        sparse = SparseTensor.from_value(value)
        return SparseTensorSpec(sparse.shape, sparse.dtype)
    if hasattr(value, "variant_tensor"):
        return DatasetSpec(value.element_spec)
    tensor = convert_to_tensor(value)
    return TensorSpec(tensor.shape, tensor.dtype.base_dtype)


def from_legacy(types: Any, shapes: Any = None, classes: Any = None) -> Any:
    """The structure of specs of dtypes, shapes and classes as users give them."""
    flat_types = flatten(types)
    flat_shapes: list[Any] = [None] * len(flat_types)
    if shapes is not None:
        flat_shapes = _leaves_up_to(types, shapes)
    flat_classes: list[Any] = [Tensor] * len(flat_types)
    if classes is not None:
        flat_classes = _leaves_up_to(types, classes)
    parts = zip(flat_types, flat_shapes, flat_classes, strict=True)
    return pack(types, [_spec_from_legacy(*part) for part in parts])


def _spec_from_legacy(kind: Any, shape: Any, cls: Any) -> Any:
    if isinstance(kind, DatasetSpec):
        return kind
    if cls is not SparseTensor:
        return TensorSpec(shape, as_dtype(kind))
    return SparseTensorSpec(shape, as_dtype(kind), None)


def _leaves_up_to(structure: Any, values: Any) -> list[Any]:
    """The parts of `values` where `structure` has leaves; shapes may be tuples themselves."""
    members = _members(structure)
    if members is None:
        return [values]
    others = _members(values)
    if others is None and isinstance(values, list):
        others = values
    if others is None or len(others) != len(members):
        raise ValueError(
            f"The two structures don't have the same nested structure.\n\nFirst structure: "
            f"{structure}\n\nSecond structure: {values}"
        )
    pairs = zip(members, others, strict=True)
    return [leaf for member, other in pairs for leaf in _leaves_up_to(member, other)]


def legacy(specs: Any, part: int) -> Any:
    """The dtypes (0), shapes (1) or classes (2) of a structure of specs."""
    return mapped(lambda spec: spec.legacy[part], specs)


def flat_attributes(specs: Any) -> dict[str, Any]:
    """The attributes `output_types` and `output_shapes` of ops."""
    flat = [spec.flat for spec in flatten(specs)]
    return {
        "output_types": [dtype for dtype, _ in flat],
        "output_shapes": [dims for _, dims in flat],
    }


def to_tensors(specs: Any, value: Any) -> list[Tensor]:
    """The tensors that a value of a structure travels as."""
    pairs = zip(flatten(specs), flatten(value), strict=True)
    return [spec.to_tensor(leaf) for spec, leaf in pairs]


def from_tensors(specs: Any, tensors: Sequence[Tensor]) -> Any:
    """The value that tensors stand for."""
    pairs = zip(flatten(specs), tensors, strict=True)
    return pack(specs, [spec.from_tensor_value(tensor) for spec, tensor in pairs])


def are_compatible(specs: Any, others: Any) -> bool:
    """Whether two structures have the same form, and parts that fit."""
    one, other = flatten(specs), flatten(others)
    return len(one) == len(other) and all(
        type(a) is type(b) and a.is_compatible_with(b) for a, b in zip(one, other, strict=True)
    )


def normalized(value: Any) -> Any:
    """A structure whose leaves are tensors, sparse tensors and datasets."""
    with name_scope("normalize_element"):
        leaves: list[Any] = []
        for index, leaf in enumerate(flatten(value)):
            if isinstance(leaf, (SparseTensor, SparseTensorValue)):
                leaves.append(SparseTensor.from_value(leaf))
            elif hasattr(leaf, "variant_tensor"):
                leaves.append(leaf)
            else:
                given = np.array(leaf) if _is_list_of_arrays(leaf) else leaf
                leaves.append(convert_to_tensor(given, name=f"component_{index}"))
        return pack(value, leaves)


def _is_list_of_arrays(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], np.ndarray)
