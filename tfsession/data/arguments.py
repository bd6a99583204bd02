"""Arguments of `tf.data`, as the tensors that its ops take."""

from __future__ import annotations

from typing import Any

from tfsession.data import structure
from tfsession.dtypes import DType, bool as bool_type, int64, string
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.static_values import constant_value
from tfsession.ops import array
from tfsession.ops.random import get_seed


def number(value: TensorLike, name: str) -> Tensor:
    return convert_to_tensor(value, int64, name=name)


def drops_remainder(value: TensorLike) -> Tensor:
    return convert_to_tensor(value, bool_type, name="drop_remainder")


def seeds_of(seed: int | None) -> tuple[Tensor, Tensor]:
    """The two seeds of a random order, as tensors; both 0 where there is none."""
    first, second = get_seed(seed)
    return (
        convert_to_tensor(0 if first is None else first, int64, name="seed"),
        convert_to_tensor(0 if second is None else second, int64, name="seed2"),
    )


def optional(value: Any, default: Any, dtype: DType, name: str) -> Tensor:
    return convert_to_tensor(default if value is None else value, dtype, name=name)


def names_of_files(filenames: Any) -> Tensor:
    """Names, as a vector."""
    names = convert_to_tensor(filenames, string)
    return names if names.shape.ndims == 1 else array.reshape(names, [-1], name="flat_filenames")


def batched(specs: Any, size: Tensor, drops: Tensor) -> Any:
    """The structure of batches, of known size where none is smaller."""
    known = constant_value(size)
    is_full = constant_value(drops)
    count = int(known) if known is not None and is_full is not None and is_full else None
    return structure.mapped(lambda spec: spec.batched(count), specs)
