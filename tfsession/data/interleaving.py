"""Transformations of `tf.data.experimental` that readers of files use, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession.data.arguments import number, optional, seeds_of
from tfsession.data.dataset import Dataset, derived, selected, to_datasets
from tfsession.dtypes import bool as bool_type, int64
from tfsession.graph.build import TensorLike, convert_to_tensor

Transformation = Callable[[Dataset], Dataset]


def shuffle_and_repeat(
    buffer_size: TensorLike, count: TensorLike = None, seed: int | None = None
) -> Transformation:
    """`shuffle` and `repeat` in one: each epoch ends before the next begins."""

    def apply(dataset: Dataset) -> Dataset:
        size = number(buffer_size, "buffer_size")
        times = number(-1 if count is None else count, "count")
        seeds = seeds_of(seed)
        return selected(dataset, "ShuffleAndRepeatDataset", size, *seeds, times)

    return apply


def parallel_interleave(
    map_func: Callable[..., Any],
    cycle_length: TensorLike,
    block_length: TensorLike = 1,
    sloppy: TensorLike = False,
    buffer_output_elements: TensorLike = None,
    prefetch_input_elements: TensorLike = None,
) -> Transformation:
    """The elements of the datasets that a function makes, of several in turn.

    Args:
      map_func: makes a dataset of an element.
      cycle_length: so many datasets give elements in turn.
      block_length: so many elements in a turn.
      sloppy: whether the order may be another one; here it is always the same.
      buffer_output_elements: has no effect.
      prefetch_input_elements: has no effect.
    """

    def apply(dataset: Dataset) -> Dataset:
        traced = to_datasets(dataset, map_func, "tf.data.experimental.parallel_interleave()")
        return derived(
            dataset,
            traced.result.element_spec,
            "ParallelInterleaveDataset",
            traced.captured,
            number(cycle_length, "cycle_length"),
            number(block_length, "block_length"),
            convert_to_tensor(sloppy, bool_type, name="sloppy"),
            optional(buffer_output_elements, 2, int64, "buffer_output_elements"),
            optional(prefetch_input_elements, 2, int64, "prefetch_input_elements"),
            f=traced.function,
        )

    return apply
