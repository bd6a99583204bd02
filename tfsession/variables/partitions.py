"""Variables in several parts, and the partitioners that say in how many.

A part is a variable of its own, called ``<name>/part_<number>``; a `PartitionedVariable` stands for
all of them and converts to their concatenation.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tfsession import dtypes, protos
from tfsession.dtypes import DType, DTypeLike
from tfsession.graph import scopes
from tfsession.graph.build import TensorLike, register_tensor_conversion_function
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope, prepend_name_scope, strip_name_scope
from tfsession.ops import array
from tfsession.shapes import ShapeLike, TensorShape

__all__ = [
    "fixed_size_partitioner",
    "min_max_variable_partitioner",
    "variable_axis_size_partitioner",
]

Partitioner = Callable[..., Sequence[int]]


# ---- Parts ----


@dataclasses.dataclass(frozen=True)
class PartitionInfo:
    """Which part of a variable an initializer makes.

    Attributes:
      full_shape: the shape of the whole.
      var_offset: where the part begins, one number an axis.
    """

    full_shape: list[int]
    var_offset: list[int]


def parts_of(
    partitioner: Partitioner, shape: TensorShape, dtype: DType
) -> tuple[list[int], list[tuple[list[int], list[int]]]]:
    """Divides a shape as a partitioner says.

    Args:
      partitioner: maps `shape` and `dtype`, given by name, to the number of parts along each axis.
      shape: the shape of the whole.
      dtype: the dtype of the whole.

    Returns:
      What the partitioner returned; and offset and shape of each part.

    Raises:
      ValueError: the shape is not known, or the partitioner returns no such list, or divides more
        than one axis.
    """
    if not shape.is_fully_defined():
        raise ValueError(
            f"Shape of a new partitioned variable must be fully defined, but instead was {shape}."
        )
    if shape.ndims == 0:
        raise ValueError(f"A partitioned Variable must have rank at least 1, shape: {shape}")
    counts = partitioner(shape=shape, dtype=dtype)
    if not isinstance(counts, Sequence):
        raise ValueError(f"Partitioner must return a sequence, but saw: {counts}")
    if len(counts) != shape.ndims:
        raise ValueError(
            "Partitioner returned a partition list that does not match the Variable's rank: "
            f"{counts} vs. {shape}"
        )
    if any(count < 1 for count in counts):
        raise ValueError(f"Partitioner returned zero partitions for some axes: {counts}")
    divided = [axis for axis, count in enumerate(counts) if count > 1]
    if len(divided) > 1:
        raise ValueError(
            f"Can only slice a variable along one dimension: shape: {shape}, partitioning: {counts}"
        )
    axis = divided[0] if divided else 0
    return list(counts), list(_slices(_sizes(shape), int(counts[axis]), axis))


def _sizes(shape: TensorShape) -> list[int]:
    """The sizes of a shape that is known."""
    return [size for size in shape.as_list() if size is not None]


def _slices(sizes: list[int], count: int, axis: int) -> Iterator[tuple[list[int], list[int]]]:
    """Offsets and shapes of parts; the first ones take what is left over, one row each."""
    length, excess = divmod(sizes[axis], count)
    start = 0
    for index in range(count):
        rows = length + (index < excess)
        offset = [0] * len(sizes)
        offset[axis] = start
        yield offset, [*sizes[:axis], rows, *sizes[axis + 1 :]]
        start += rows


class SaveSliceInfo:
    """Which part of a larger, partitioned variable a variable is.

    Args:
      full_name: the name of the whole.
      full_shape: its shape.
      var_offset: where this part begins, one number an axis.
      var_shape: the shape of this part.
      save_slice_info_def: a SaveSliceInfoDef message to take all of these from.
      import_scope: a name scope put before the name in the message.

    Source: TensorFlow 1.15 `tf.Variable.SaveSliceInfo`.
    """

    def __init__(
        self,
        full_name: str | None = None,
        full_shape: Any = None,
        var_offset: Any = None,
        var_shape: Any = None,
        save_slice_info_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        if save_slice_info_def is not None:
            self.full_name = prepend_name_scope(save_slice_info_def.full_name, import_scope)
            self.full_shape: Any = list(save_slice_info_def.full_shape)
            self.var_offset: Any = list(save_slice_info_def.var_offset)
            self.var_shape: Any = list(save_slice_info_def.var_shape)
        else:
            self.full_name = full_name or ""
            self.full_shape = full_shape
            self.var_offset = var_offset
            self.var_shape = var_shape

    @property
    def spec(self) -> str:
        """The text by which checkpoints know the part: ``4 3 0,2:0,3``."""
        full = " ".join(str(size) for size in self.full_shape)
        parts = zip(self.var_offset, self.var_shape, strict=True)
        return f"{full} {':'.join(f'{offset},{size}' for offset, size in parts)}"

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The SaveSliceInfoDef message; None outside `export_scope`."""
        if export_scope is not None and not self.full_name.startswith(export_scope):
            return None
        return protos.SaveSliceInfoDef(
            full_name=strip_name_scope(self.full_name, export_scope),
            full_shape=self.full_shape,
            var_offset=self.var_offset,
            var_shape=self.var_shape,
        )


class PartitionedVariable:
    """A variable in several parts.

    Args:
      name: the name of the whole.
      shape: its shape.
      dtype: its dtype.
      variable_list: the parts, each with its place set by `_set_save_slice_info`.
      partitions: the number of parts along each axis.

    Raises:
      TypeError: parts or partitions are no lists.
      ValueError: numbers are below 1, or a part does not say its place.

    Source: TensorFlow 1.15, python/ops/variables.py `PartitionedVariable`.
    """

    def __init__(
        self, name: str, shape: ShapeLike, dtype: DTypeLike, variable_list: Any, partitions: Any
    ) -> None:
        if not isinstance(variable_list, (list, tuple)):
            raise TypeError(f"variable_list is not a list or tuple: {variable_list}")
        if not isinstance(partitions, (list, tuple)):
            raise TypeError(f"partitions is not a list or tuple: {partitions}")
        if not all(count >= 1 for count in partitions):
            raise ValueError(f"partition values must be positive: {partitions}")
        if not variable_list:
            raise ValueError("variable_list may not be empty")
        for variable in variable_list:
            part = variable._get_save_slice_info()
            if part is None:
                raise ValueError(
                    f"All variables must have a save_slice_info available: {variable.name}"
                )
            if part.full_name != name:
                raise ValueError("All variables must have a save_slice_info for the same name")
        self._name = name
        self._shape = TensorShape(shape)
        self._dtype = dtype
        self._variable_list = sorted(
            variable_list, key=lambda variable: variable._get_save_slice_info().var_offset
        )
        self._partitions = list(partitions)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._variable_list)

    def __len__(self) -> int:
        """The number of parts along the axis that is divided.

        Raises:
          ValueError: there are several such axes.
        """
        axes = self._partition_axes()
        if len(axes) > 1:
            raise ValueError(f"Cannot get a length for {len(axes)} > 1 partition axes")
        return len(self._variable_list)

    def _partition_axes(self) -> list[int]:
        if all(count == 1 for count in self._partitions):
            return [0]
        return [axis for axis, count in enumerate(self._partitions) if count > 1]

    def _one_axis(self) -> int:
        axes = self._partition_axes()
        if len(axes) > 1:
            raise NotImplementedError(
                f"Cannot concatenate along more than one dimension: {axes}.  Multi-axis partition "
                "concat is not supported"
            )
        return axes[0]

    def _concat(self) -> Tensor:
        if len(self._variable_list) == 1:
            with name_scope(None):
                only: Tensor = array.identity(self._variable_list[0], name=self._name)
                return only
        axis = self._one_axis()
        with name_scope(self._name + "/ConcatPartitions/"):
            joined = array.concat(self._variable_list, axis)
        with name_scope(None):
            whole: Tensor = array.identity(joined, name=self._name)
            return whole

    def as_tensor(self) -> Tensor:
        """The parts, concatenated."""
        with scopes.control_dependencies(None):
            return self._concat()

    @property
    def name(self) -> str:
        """The name of the whole."""
        return self._name

    @property
    def dtype(self) -> Any:
        """The DType of the elements."""
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        """The shape of the whole."""
        return self._shape

    def get_shape(self) -> TensorShape:
        """The shape of the whole."""
        return self._shape

    def _get_variable_list(self) -> list[Any]:
        return self._variable_list

    def _get_partitions(self) -> list[int]:
        return self._partitions

    def _changed(
        self, change: str, value: Any, use_locking: bool, name: str | None, read_value: bool
    ) -> list[Any]:
        if isinstance(value, list):
            values = value
        elif isinstance(value, PartitionedVariable):
            values = list(value)
        else:
            axis = self._one_axis()
            sizes = [part.get_shape().as_list()[axis] for part in self._variable_list]
            values = array.split(value, sizes, axis=axis)
        results = [
            getattr(part, change)(new, use_locking=use_locking, name=name, read_value=read_value)
            for part, new in zip(self._variable_list, values, strict=True)
        ]
        return results if read_value else [getattr(result, "op", result) for result in results]

    def assign(
        self,
        value: TensorLike,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> list[Any]:
        """Assigns to every part; `value` is the whole, a list of parts or another such variable."""
        return self._changed("assign", value, use_locking, name, read_value)

    def assign_add(
        self,
        value: TensorLike,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> list[Any]:
        """Adds to every part; see `assign`."""
        return self._changed("assign_add", value, use_locking, name, read_value)

    def assign_sub(
        self,
        value: TensorLike,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> list[Any]:
        """Subtracts from every part; see `assign`."""
        return self._changed("assign_sub", value, use_locking, name, read_value)


def check_conversion(variable: Any, dtype: DType | None) -> None:
    """Raises ValueError where a variable that is wanted as a tensor of `dtype` has another one."""
    if dtype is not None and not dtype.is_compatible_with(variable.dtype):
        raise ValueError(
            f"Incompatible type conversion requested to type '{dtype.name}' for variable of type "
            f"'{variable.dtype.name}'"
        )


def _convert_partitioned(
    value: PartitionedVariable,
    dtype: DType | None = None,
    name: str | None = None,
    as_ref: bool = False,
) -> Tensor:
    check_conversion(value, dtype)
    if as_ref:
        raise NotImplementedError("PartitionedVariable doesn't support being used as a reference.")
    return value.as_tensor()


register_tensor_conversion_function(PartitionedVariable, _convert_partitioned)


# ---- Partitioners ----


def fixed_size_partitioner(num_shards: int, axis: int = 0) -> Partitioner:
    """A partitioner into a fixed number of parts.

    Args:
      num_shards: how many; fewer where the axis is shorter.
      axis: the axis to divide.

    Source: TensorFlow 1.15 `tf.fixed_size_partitioner`.
    """

    def partitioner(shape: TensorShape, **_: Any) -> list[int]:
        counts = [1] * len(shape)
        counts[axis] = min(num_shards, _sizes(shape)[axis])
        return counts

    return partitioner


def _element_bytes(dtype: DType, bytes_per_string_element: int) -> int:
    return bytes_per_string_element if dtype.base_dtype is dtypes.string else dtype.size


def variable_axis_size_partitioner(
    max_shard_bytes: int,
    axis: int = 0,
    bytes_per_string_element: int = 16,
    max_shards: int | None = None,
) -> Partitioner:
    """A partitioner into parts of a limited size.

    Args:
      max_shard_bytes: the largest size of a part, in bytes.
      axis: the axis to divide.
      bytes_per_string_element: what a string counts for, in bytes.
      max_shards: the largest number of parts; None for no limit.

    Raises:
      ValueError: a number is below 1.

    Source: TensorFlow 1.15 `tf.variable_axis_size_partitioner`.
    """
    if max_shard_bytes < 1 or bytes_per_string_element < 1:
        raise ValueError("Both max_shard_bytes and bytes_per_string_element must be positive.")
    if max_shards and max_shards < 1:
        raise ValueError("max_shards must be positive.")

    def partitioner(shape: TensorShape, dtype: DType) -> list[int]:
        _check_partitioned(shape, dtype)
        sizes = _sizes(shape)
        row_bytes = math.prod(sizes) / sizes[axis]
        row_bytes *= _element_bytes(dtype, bytes_per_string_element)
        count = math.ceil(sizes[axis] / max(1, math.floor(max_shard_bytes / row_bytes)))
        counts = [1] * len(shape)
        counts[axis] = min(max_shards, count) if max_shards else count
        return counts

    return partitioner


def min_max_variable_partitioner(
    max_partitions: int = 1,
    axis: int = 0,
    min_slice_size: int = 256 << 10,
    bytes_per_string_element: int = 16,
) -> Partitioner:
    """A partitioner into as many parts as a smallest size allows.

    Args:
      max_partitions: the largest number of parts.
      axis: the axis to divide.
      min_slice_size: the smallest size of a part, in bytes.
      bytes_per_string_element: what a string counts for, in bytes.

    Source: TensorFlow 1.15 `tf.min_max_variable_partitioner`.
    """

    def partitioner(shape: TensorShape, dtype: DType) -> list[int]:
        if axis >= len(shape):
            raise ValueError(
                f"Can not partition variable along axis {axis} when shape is only {shape}"
            )
        sizes = _sizes(shape)
        total_bytes = math.prod(sizes) * _element_bytes(dtype, bytes_per_string_element)
        wanted = math.ceil(total_bytes / min_slice_size)
        counts = [1] * len(shape)
        counts[axis] = max(1, min(sizes[axis], max_partitions, wanted))
        return counts

    return partitioner


def _check_partitioned(shape: ShapeLike, dtype: DTypeLike) -> None:
    """Raises ValueError unless these are a known shape and a dtype."""
    if not isinstance(shape, TensorShape):
        raise ValueError(f"shape is not a TensorShape: {shape}")
    if not shape.is_fully_defined():
        raise ValueError(f"shape is not fully defined: {shape}")
    if not isinstance(dtype, DType):
        raise ValueError(f"dtype is not a DType: {dtype}")
