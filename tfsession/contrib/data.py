"""`tf.contrib.data`: what `tf.data.experimental` was called before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession.data.dataset import Dataset
from tfsession.data.experimental import (
    AUTOTUNE as AUTOTUNE,
    Counter as Counter,
    CsvDataset as CsvDataset,
    RandomDataset as RandomDataset,
    Reducer as Reducer,
    TFRecordWriter as TFRecordWriter,
    Transformation,
    bucket_by_sequence_length as bucket_by_sequence_length,
    choose_from_datasets as choose_from_datasets,
    copy_to_device as copy_to_device,
    dense_to_sparse_batch as dense_to_sparse_batch,
    enumerate_dataset as enumerate_dataset,
    get_single_element as get_single_element,
    group_by_reducer as group_by_reducer,
    group_by_window as group_by_window,
    ignore_errors as ignore_errors,
    make_batched_features_dataset as make_batched_features_dataset,
    make_csv_dataset as make_csv_dataset,
    map_and_batch as map_and_batch,
    parallel_interleave as parallel_interleave,
    prefetch_to_device as prefetch_to_device,
    rejection_resample as rejection_resample,
    sample_from_datasets as sample_from_datasets,
    scan as scan,
    shuffle_and_repeat as shuffle_and_repeat,
    unbatch as unbatch,
    unique as unique,
)
from tfsession.data.structure import mapped
from tfsession.graph.build import TensorLike
from tfsession.names.absent import explain_in as _explain_in


def batch_and_drop_remainder(batch_size: TensorLike) -> Transformation:
    """`Dataset.batch`, without a last batch that has fewer elements."""
    return lambda dataset: dataset.batch(batch_size, drop_remainder=True)


def padded_batch_and_drop_remainder(
    batch_size: TensorLike, padded_shapes: Any, padding_values: Any = None
) -> Transformation:
    """`Dataset.padded_batch`, without a last batch that has fewer elements."""
    return lambda dataset: dataset.padded_batch(
        batch_size, padded_shapes, padding_values, drop_remainder=True
    )


def sloppy_interleave(
    map_func: Callable[..., Any], cycle_length: TensorLike, block_length: TensorLike = 1
) -> Transformation:
    """`parallel_interleave` whose order may be another one; here it is always the same."""
    return parallel_interleave(map_func, cycle_length, block_length, sloppy=True)


def sliding_window_batch(
    window_size: int,
    stride: int | None = None,
    window_shift: int | None = None,
    window_stride: int = 1,
) -> Transformation:
    """Batches of successive elements.

    Args:
      window_size: elements in each.
      stride: the older name of `window_shift`.
      window_shift: from one batch's first element to that of the next; 1 when None.
      window_stride: from one element to the next in it.

    Raises:
      ValueError: both `stride` and `window_shift` are given.
    """
    if stride is not None and window_shift is not None:
        raise ValueError("Cannot specify both `stride` and `window_shift`")
    shift = window_shift or stride or 1

    def apply(dataset: Dataset) -> Dataset:
        windows = dataset.window(window_size, shift, window_stride, drop_remainder=True)

        def batch(*parts: Any) -> Dataset:
            structure = parts[0] if len(parts) == 1 else parts
            return Dataset.zip(mapped(lambda part: part.batch(window_size), structure))

        return windows.flat_map(batch)

    return apply


def reduce_dataset(dataset: Dataset, reducer: Reducer) -> Any:
    """The result of a Reducer over a whole dataset."""
    state = dataset.reduce(reducer.init_func(0), reducer.reduce_func)
    return reducer.finalize_func(state)


_explain_in(__name__)
