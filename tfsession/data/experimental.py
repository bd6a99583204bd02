"""`tf.data.experimental`: more transformations, as functions for `Dataset.apply`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfsession.data import structure
from tfsession.data.arguments import (
    batched,
    drops_remainder,
    number,
    optional,
    seeds_of,
)
from tfsession.data.dataset import (
    AUTOTUNE as AUTOTUNE,
    Dataset,
    DatasetV1Adapter,
    derived,
    filtered,
    selected,
    with_state,
)
from tfsession.data.interleaving import parallel_interleave, shuffle_and_repeat
from tfsession.data.readers import (
    CsvDataset,
    make_batched_features_dataset,
    make_csv_dataset,
    parse_example_dataset,
)
from tfsession.data.structure import (
    DatasetSpec as DatasetStructure,
    SparseTensorSpec as SparseTensorStructure,
    TensorSpec as TensorStructure,
)
from tfsession.data.traced import TracedFunction
from tfsession.dtypes import DTypeLike, as_dtype, float32, int64, string
from tfsession.graph.build import TensorLike, build, constant, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops import array, math, random
from tfsession.ops.indexing import gather, where
from tfsession.ops.reduction import reduce_max, reduce_min, reduce_sum
from tfsession.shapes import ShapeLike, TensorShape

INFINITE_CARDINALITY = -1
UNKNOWN_CARDINALITY = -2

Transformation = Callable[[Dataset], Dataset]


# ---- Sources ----


def Counter(start: int = 0, step: int = 1, dtype: DTypeLike = int64) -> Dataset:  # as TensorFlow's
    """Numbers from `start` on, for ever."""
    end = np.iinfo(np.int64).max if step > 0 else np.iinfo(np.int64).min
    found = Dataset.range(start, end, step)
    wanted = as_dtype(dtype)
    return found if wanted is int64 else found.map(lambda x: math.cast(x, wanted))


class RandomDataset(Dataset):
    """Random 32-bit numbers, as int64, for ever."""

    def __init__(self, seed: int | None = None) -> None:
        """Makes the dataset; see `tf.set_random_seed` for what `seed` does."""
        specs = structure.TensorSpec([], int64)
        attributes = structure.flat_attributes(specs)
        super().__init__(build("RandomDataset", *seeds_of(seed), **attributes), specs)


# ---- Choosing elements ----


def ignore_errors() -> Transformation:
    """The elements that can be made."""
    return lambda dataset: selected(dataset, "IgnoreErrorsDataset")


def unique() -> Transformation:
    """The elements that have not been there before."""
    return lambda dataset: selected(dataset, "UniqueDataset")


def take_while(predicate: Callable[..., Any]) -> Transformation:
    """The elements up to the first of which `predicate` returns False."""
    return lambda dataset: filtered(dataset, "TakeWhileDataset", predicate, "tf.data.take_while()")


def enumerate_dataset(start: int = 0) -> Transformation:
    """The elements, each behind its number."""
    return lambda dataset: dataset.enumerate(start)


def sample_from_datasets(
    datasets: Sequence[Dataset], weights: Any = None, seed: int | None = None
) -> Dataset:
    """Elements of datasets that chance chooses.

    Args:
      datasets: of elements of one structure.
      weights: [len(datasets)]: how often each is chosen; a dataset of such; equally when None.
      seed: of the choice.

    Raises:
      ValueError: there are more or fewer weights than datasets.
    """
    if weights is None:
        logits: Any = [[1.0] * len(datasets)]
    elif isinstance(weights, Dataset):
        logits = None
    else:
        weights = convert_to_tensor(weights, name="weights")
        if not weights.shape.is_compatible_with([len(datasets)]):
            raise ValueError("`weights` must be a vector of length `len(datasets)`.")
        logits = array.expand_dims(math.log(math.cast(weights, float32), name="logits"), 0)

    def chosen(given: Any, seeds: Any) -> Tensor:
        drawn = random.stateless_multinomial(given, 1, seed=seeds)
        return array.squeeze(drawn, axis=[0, 1])

    seeds_of = RandomDataset(seed).batch(2)
    if logits is not None:
        selector = seeds_of.map(lambda seeds: chosen(logits, seeds))
    else:
        of_weights = weights.map(lambda p: array.expand_dims(math.log(p, name="logits"), 0))
        selector = Dataset.zip((of_weights, seeds_of)).map(chosen)
    return _directed(selector, datasets)


def choose_from_datasets(datasets: Sequence[Dataset], choice_dataset: Dataset) -> Dataset:
    """Elements of datasets whose numbers another dataset gives."""
    spec = choice_dataset.element_spec
    if not (isinstance(spec, structure.TensorSpec) and spec.dtype is int64):
        raise TypeError("`choice_dataset` must be a dataset of scalar `tf.int64` tensors.")
    return _directed(choice_dataset, datasets)


def _directed(selector: Dataset, datasets: Sequence[Dataset]) -> Dataset:
    first = datasets[0].element_spec
    specs = structure.flatten(first)
    for dataset in datasets[1:]:
        if dataset.output_types != datasets[0].output_types:
            raise TypeError("All datasets must have compatible types and classes.")
        pairs = zip(specs, structure.flatten(dataset.element_spec), strict=True)
        specs = [one.most_general(other) for one, other in pairs]
    packed = structure.pack(first, specs)
    made = build(
        "DirectedInterleaveDataset",
        selector.variant_tensor,
        [dataset.variant_tensor for dataset in datasets],
        **structure.flat_attributes(packed),
    )
    return DatasetV1Adapter(made, packed)


def rejection_resample(
    class_func: Callable[..., Any],
    target_dist: TensorLike,
    initial_dist: TensorLike = None,
    seed: int | None = None,
) -> Transformation:
    """Drops elements so that classes come as often as wanted.

    Args:
      class_func: the class of an element, int32.
      target_dist: [number of classes]: how often each is wanted.
      initial_dist: how often each comes; when None it is counted as elements come.
      seed: of what is dropped.
    """

    def apply(dataset: Dataset) -> Dataset:
        wanted = convert_to_tensor(target_dist, name="target_dist")
        classes = dataset.map(lambda *element: math.cast(class_func(*element), int64))
        pairs = Dataset.zip((classes, dataset))
        if initial_dist is None:
            count = wanted.shape[0].value

            def counted(state: Any, pair: Any) -> Any:
                seen = state + array.one_hot(pair[0], count, dtype=state.dtype)
                return seen, (pair, seen / math.cast(math.add(0.0, reduce_sum(seen)), seen.dtype))

            ones = array.ones([count], wanted.dtype)
            with_dist = pairs.apply(scan(ones, counted))
        else:
            known = convert_to_tensor(initial_dist, name="initial_dist")
            with_dist = pairs.map(lambda c, x: ((c, x), known))

        def is_kept(pair: Any, dist: Any) -> Any:
            ratio = wanted / math.maximum(dist, np.finfo(np.float32).tiny)
            accepted = ratio / reduce_max(ratio)
            drawn = random.random_uniform([], seed=seed, dtype=wanted.dtype)
            return drawn < gather(accepted, pair[0])

        return with_dist.filter(is_kept).map(lambda pair, dist: pair)

    return apply


# ---- Making elements ----


def unbatch() -> Transformation:
    """The slices of each element along its first dimension."""
    return lambda dataset: dataset.unbatch()


def scan(initial_state: Any, scan_func: Callable[..., Any]) -> Transformation:
    """A function of a state and each element, which returns the next state and a result.

    Args:
      initial_state: a structure of tensors.
      scan_func: takes a state and an element; returns a pair of the next state and a result.

    Raises:
      TypeError: it returns no pair, or a state of other dtypes.
    """

    def apply(dataset: Dataset) -> Dataset:
        state = structure.normalized(initial_state)
        specs = structure.mapped(structure.spec_of, state)

        def state_of(result: Any) -> Any:
            if not (isinstance(result, tuple) and len(result) == 2):
                raise TypeError(
                    "The scan function must return a pair comprising the new state and the output "
                    "value."
                )
            return result[0]

        traced, wide = with_state(
            scan_func, "tf.data.experimental.scan()", specs, dataset.element_spec, state_of
        )
        return derived(
            dataset,
            traced.result[1],
            "ScanDataset",
            structure.to_tensors(wide, state),
            traced.captured,
            f=traced.function,
        )

    return apply


def group_by_window(
    key_func: Callable[..., Any],
    reduce_func: Callable[..., Any],
    window_size: TensorLike = None,
    window_size_func: Callable[..., Any] | None = None,
) -> Transformation:
    """Groups elements by a key, and makes a dataset of each full group.

    Args:
      key_func: the key of an element, int64.
      reduce_func: takes a key and a dataset of elements of that key; returns a dataset.
      window_size: how many elements fill a group.
      window_size_func: the same for a key; one of the two must be given.

    Raises:
      ValueError: both or neither are given, or a function does not return what it must.
    """
    if (window_size is None) == (window_size_func is None):
        raise ValueError("Must pass either window_size or window_size_func.")
    size_of = window_size_func
    if size_of is None:
        size_of = lambda unused_key: convert_to_tensor(window_size, int64)  # noqa: E731

    def apply(dataset: Dataset) -> Dataset:
        key_spec = structure.TensorSpec([], int64)
        key = _scalar_function(
            key_func, "tf.data.experimental.group_by_window()", "key_func", dataset.element_spec
        )
        sizes = _scalar_function(
            size_of, "tf.data.experimental.group_by_window()", "window_size_func", key_spec
        )
        groups = TracedFunction(
            reduce_func,
            "tf.data.experimental.group_by_window()",
            key_spec,
            DatasetStructure(dataset.element_spec),
            returns_dataset=True,
        )
        return derived(
            dataset,
            groups.result.element_spec,
            "GroupByWindowDataset",
            key.captured,
            groups.captured,
            sizes.captured,
            key_func=key.function,
            reduce_func=groups.function,
            window_size_func=sizes.function,
        )

    return apply


def _scalar_function(
    func: Callable[..., Any], title: str, name: str, *specs: Any
) -> TracedFunction:
    """A function that returns a scalar int64."""

    def call(*args: Any) -> Any:
        value = func(*args)
        return math.cast(value, int64) if name == "window_size_func" else value

    traced = TracedFunction(call, title, *specs)
    result = traced.result
    if not (
        isinstance(result, structure.TensorSpec)
        and result.dtype is int64
        and result.shape.is_compatible_with([])
    ):
        raise ValueError(
            f"`{name}` must return a single tf.int64 scalar tensor. Got {result} instead."
        )
    return traced


class Reducer:
    """What `group_by_reducer` does with the elements of one key.

    Source: TensorFlow 1.15 `tf.data.experimental.Reducer`.
    """

    def __init__(
        self,
        init_func: Callable[..., Any],
        reduce_func: Callable[..., Any],
        finalize_func: Callable[..., Any],
    ) -> None:
        """Makes a reducer of three functions: of a key, of a state and an element, of a state."""
        self.init_func = init_func
        self.reduce_func = reduce_func
        self.finalize_func = finalize_func


def group_by_reducer(key_func: Callable[..., Any], reducer: Reducer) -> Transformation:
    """One element for each key, made of all its elements."""
    title = "tf.data.experimental.group_by_reducer()"

    def apply(dataset: Dataset) -> Dataset:
        key = _scalar_function(key_func, title, "key_func", dataset.element_spec)
        initial = TracedFunction(reducer.init_func, title, structure.TensorSpec([], int64))
        reduced, state = with_state(
            reducer.reduce_func, title, initial.result, dataset.element_spec, lambda result: result
        )
        final = TracedFunction(reducer.finalize_func, title, state)
        return derived(
            dataset,
            final.result,
            "GroupByReducerDataset",
            key.captured,
            initial.captured,
            reduced.captured,
            final.captured,
            key_func=key.function,
            init_func=initial.function,
            reduce_func=reduced.function,
            finalize_func=final.function,
        )

    return apply


# ---- Batches ----


def map_and_batch(
    map_func: Callable[..., Any],
    batch_size: TensorLike,
    num_parallel_batches: TensorLike = None,
    drop_remainder: TensorLike = False,
    num_parallel_calls: TensorLike = None,
) -> Transformation:
    """`map` and `batch` in one.

    Args:
      map_func: as for `Dataset.map`.
      batch_size: elements in a batch.
      num_parallel_batches: so many batches are made at a time.
      drop_remainder: whether a last batch that has fewer is left out.
      num_parallel_calls: so many elements are made at a time.

    Raises:
      ValueError: both numbers of parallel work are given.
    """
    if num_parallel_batches is not None and num_parallel_calls is not None:
        raise ValueError(
            "The `num_parallel_batches` and `num_parallel_calls` arguments are mutually exclusive."
        )

    def apply(dataset: Dataset) -> Dataset:
        title = "tf.data.experimental.map_and_batch()"
        traced = TracedFunction(map_func, title, dataset.element_spec)
        size = number(batch_size, "batch_size")
        calls: Any = 1 if num_parallel_calls is None else num_parallel_calls
        if num_parallel_batches is not None:
            calls = size * num_parallel_batches
        calls = number(calls, "num_parallel_calls")
        drops = drops_remainder(drop_remainder)
        return derived(
            dataset,
            batched(traced.result, size, drops),
            "MapAndBatchDataset",
            traced.captured,
            size,
            calls,
            drops,
            f=traced.function,
        )

    return apply


map_and_batch_with_legacy_function = map_and_batch


def dense_to_sparse_batch(batch_size: TensorLike, row_shape: ShapeLike) -> Transformation:
    """Several elements, which may differ in shape, as one sparse tensor.

    Args:
      batch_size: elements in a batch.
      row_shape: the shape of each, with None for the largest size.
    """

    def apply(dataset: Dataset) -> Dataset:
        (spec,) = structure.flatten(dataset.element_spec)
        sizes = TensorShape(row_shape)
        numbers = np.array([-1 if n is None else n for n in sizes.as_list()], np.int64)
        specs = SparseTensorStructure(TensorShape([None]).concatenate(sizes), spec.dtype)
        return derived(
            dataset,
            specs,
            "DenseToSparseBatchDataset",
            number(batch_size, "batch_size"),
            constant(numbers),
        )

    return apply


def bucket_by_sequence_length(
    element_length_func: Callable[..., Any],
    bucket_boundaries: Sequence[int],
    bucket_batch_sizes: Sequence[int],
    padded_shapes: Any = None,
    padding_values: Any = None,
    pad_to_bucket_boundary: bool = False,
    no_padding: bool = False,
    drop_remainder: bool = False,
) -> Transformation:
    """Batches of elements of about the same length.

    Args:
      element_length_func: the length of an element, int32.
      bucket_boundaries: where one group ends and the next begins.
      bucket_batch_sizes: elements in a batch of each group: one more than boundaries.
      padded_shapes: as for `Dataset.padded_batch`; the elements' own when None.
      padding_values: as for `Dataset.padded_batch`.
      pad_to_bucket_boundary: whether unknown sizes become the boundary less 1.
      no_padding: whether elements of a group are only put into batches.
      drop_remainder: whether last batches that have fewer are left out.

    Raises:
      ValueError: there are not one more batch sizes than boundaries.
    """
    if len(bucket_batch_sizes) != len(bucket_boundaries) + 1:
        raise ValueError("len(bucket_batch_sizes) must equal len(bucket_boundaries) + 1")
    sizes = constant(np.array(bucket_batch_sizes, np.int64))
    least = np.array([np.iinfo(np.int32).min, *bucket_boundaries], np.int64)
    most = np.array([*bucket_boundaries, np.iinfo(np.int32).max], np.int64)

    def bucket(*element: Any) -> Tensor:
        length = math.cast(element_length_func(*element), int64)
        inside = math.logical_and(
            math.less_equal(constant(least), length), math.less(length, constant(most))
        )
        return _first_true(inside)

    def size_of(number: Tensor) -> Tensor:
        return gather(sizes, number)

    def batches(number: Tensor, grouped: Dataset) -> Dataset:
        size = size_of(number)
        if no_padding:
            return grouped.batch(size, drop_remainder=drop_remainder)
        shapes = padded_shapes
        if shapes is None:
            shapes = structure.mapped(lambda spec: spec.shape, grouped.element_spec)
        if pad_to_bucket_boundary:
            boundary = gather(constant(most), number) - 1
            shapes = structure.mapped(lambda shape: _filled(shape, boundary), shapes)
        return grouped.padded_batch(size, shapes, padding_values, drop_remainder=drop_remainder)

    def apply(dataset: Dataset) -> Dataset:
        return dataset.apply(group_by_window(bucket, batches, window_size_func=size_of))

    return apply


def _first_true(x: Tensor) -> Tensor:
    return reduce_min(where(x))


def _filled(shape: Any, size: Tensor) -> Tensor:
    known = TensorShape(shape).as_list()
    parts = [size if n is None else constant(np.int64(n)) for n in known]
    return array.stack(parts) if parts else constant(np.zeros(0, np.int64))


# ---- Devices ----


def prefetch_to_device(device: str, buffer_size: TensorLike = None) -> Transformation:
    """The elements, made ahead; steps copy them to the device that asks for them."""
    del device
    return lambda dataset: dataset.prefetch(-1 if buffer_size is None else buffer_size)


def copy_to_device(target_device: str, source_device: str = "/cpu:0") -> Transformation:
    """The elements; steps copy them to the device that asks for them."""
    del target_device, source_device
    return lambda dataset: DatasetV1Adapter(dataset.variant_tensor, dataset.element_spec)


# ---- As a whole ----


def get_single_element(dataset: Dataset) -> Any:
    """The only element of a dataset.

    Raises:
      TypeError: `dataset` is none.
      InvalidArgumentError: when run: there is none, or another one.
    """
    if not isinstance(dataset, Dataset):
        raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
    specs = dataset.element_spec
    attributes = structure.flat_attributes(specs)
    made = build("DatasetToSingleElement", dataset.variant_tensor, **attributes)
    return structure.from_tensors(specs, made if isinstance(made, list) else [made])


def cardinality(dataset: Dataset) -> Tensor:
    """How many elements there are: a number, INFINITE_CARDINALITY or UNKNOWN_CARDINALITY."""
    found: Tensor = build("ExperimentalDatasetCardinality", dataset.variant_tensor)
    return found


def get_structure(dataset_or_iterator: Any) -> Any:
    """What describes an element."""
    return dataset_or_iterator.element_spec


class TFRecordWriter:
    """Writes the elements of a dataset to a file.

    Source: TensorFlow 1.15 `tf.data.experimental.TFRecordWriter`.
    """

    def __init__(self, filename: TensorLike, compression_type: TensorLike = None) -> None:
        """Makes a writer to a file; `compression_type` is '', 'ZLIB' or 'GZIP'."""
        self._filename = convert_to_tensor(filename, string, name="filename")
        self._compression = optional(compression_type, "", string, "compression_type")

    def write(self, dataset: Dataset) -> Operation:
        """An operation that writes all elements, which are scalar strings.

        Raises:
          TypeError: they are not.
        """
        if not isinstance(dataset, Dataset):
            raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
        if dataset.output_types != string:
            raise TypeError(
                "`dataset` must produce scalar `DT_STRING` tensors whereas it produces "
                f"shape {dataset.output_shapes} and types {dataset.output_types}"
            )
        made: Operation = build(
            "DatasetToTFRecord", dataset.variant_tensor, self._filename, self._compression
        )
        return made


__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "Counter",
    "CsvDataset",
    "DatasetStructure",
    "RandomDataset",
    "Reducer",
    "SparseTensorStructure",
    "TFRecordWriter",
    "TensorStructure",
    "bucket_by_sequence_length",
    "cardinality",
    "choose_from_datasets",
    "copy_to_device",
    "dense_to_sparse_batch",
    "enumerate_dataset",
    "get_single_element",
    "get_structure",
    "group_by_reducer",
    "group_by_window",
    "ignore_errors",
    "make_batched_features_dataset",
    "make_csv_dataset",
    "map_and_batch",
    "map_and_batch_with_legacy_function",
    "parallel_interleave",
    "parse_example_dataset",
    "prefetch_to_device",
    "rejection_resample",
    "sample_from_datasets",
    "scan",
    "shuffle_and_repeat",
    "take_while",
    "unbatch",
    "unique",
]

_explain_in(__name__)
