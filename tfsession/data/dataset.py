"""Datasets: elements that are read, transformed and put into batches while steps run."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator as PythonIterator, Sequence
from typing import Any

import numpy as np

from tfsession import errors
from tfsession.data import structure
from tfsession.data.arguments import (
    batched,
    drops_remainder,
    number,
    seeds_of,
)
from tfsession.data.iterator import Iterator
from tfsession.data.structure import DatasetSpec, SparseTensorSpec, TensorSpec
from tfsession.data.traced import TracedFunction
from tfsession.dtypes import bool as bool_type, int32, int64, string
from tfsession.formats.tensor_proto import to_array
from tfsession.graph.build import TensorLike, build, constant, convert_to_tensor
from tfsession.graph.composites import SparseTensor
from tfsession.graph.function_graph import trace
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import control_dependencies, get_default_graph, name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops import array, control_flow, io, math, strings
from tfsession.ops.dataset import DATASETS
from tfsession.shapes import TensorShape, as_dims

AUTOTUNE = -1

# What TensorFlow rewrites pipelines by; here it is no more than the operations' input.
_OPTIMIZATIONS = ["map_and_batch_fusion", "noop_elimination", "shuffle_and_repeat_fusion"]

_STATEFUL = (
    "Failed to create a one-shot iterator for a dataset. `Dataset.make_one_shot_iterator()` does "
    "not support datasets that capture stateful objects, such as a `Variable` or `LookupTable`. In "
    "these cases, use `Dataset.make_initializable_iterator()`. (Original error: "
    "Cannot capture a stateful node (name:{}, type:{}) by value.)"
)


class Options:
    """What may be asked of a pipeline; nothing of it changes its elements.

    Source: TensorFlow 1.15 `tf.data.Options`.
    """

    def __init__(self) -> None:
        self.experimental_deterministic: bool | None = None
        self.experimental_distribute: Any = None
        self.experimental_optimization: Any = _Settings()
        self.experimental_slack: bool | None = None
        self.experimental_stats: Any = None
        self.experimental_threading: Any = _Settings()

    def merge(self, options: Options) -> Options:
        """These, with what `options` says where these say nothing."""
        found = Options()
        for name, value in vars(self).items():
            setattr(found, name, value if value is not None else getattr(options, name))
        return found


class _Settings:
    """Any fields."""


class Dataset:
    """Elements of one structure, in an order.

    Source: TensorFlow 1.15 `tf.data.Dataset`.
    """

    def __init__(
        self, variant_tensor: Tensor, element_spec: Any, options: Options | None = None
    ) -> None:
        """Makes a dataset of what an operation made; users call the static methods.

        Args:
          variant_tensor: scalar, variant.
          element_spec: the structure of specs of an element.
          options: what is asked of the pipeline; nothing when None.
        """
        self.variant_tensor = variant_tensor
        self._element_spec = element_spec
        self._options = Options() if options is None else options

    @property
    def _variant_tensor(self) -> Tensor:
        """TensorFlow's name of `variant_tensor`."""
        return self.variant_tensor

    def __repr__(self) -> str:
        shapes = str(structure.mapped(str, self.output_shapes)).replace("'", "")
        types = str(structure.mapped(repr, self.output_types)).replace("'", "")
        return f"<{type(self).__name__} shapes: {shapes}, types: {types}>"

    def __iter__(self) -> PythonIterator[Any]:
        raise RuntimeError(
            "__iter__() is only supported inside of tf.function or when eager execution is enabled."
        )

    # -- What elements are --

    @property
    def element_spec(self) -> Any:
        """What describes an element."""
        return self._element_spec

    @property
    def output_types(self) -> Any:
        """The structure of dtypes."""
        return structure.legacy(self._element_spec, 0)

    @property
    def output_shapes(self) -> Any:
        """The structure of shapes."""
        return structure.legacy(self._element_spec, 1)

    @property
    def output_classes(self) -> Any:
        """The structure of classes."""
        return structure.legacy(self._element_spec, 2)

    def options(self) -> Options:
        """What is asked of the pipeline."""
        return self._options

    def with_options(self, options: Options) -> Dataset:
        """The same dataset, of which more is asked."""
        merged = options.merge(self._options)
        return DatasetV1Adapter(self.variant_tensor, self._element_spec, merged)

    # -- Sources --

    @staticmethod
    def from_tensors(tensors: Any) -> Dataset:
        """One element.

        Args:
          tensors: a structure of what converts to tensors.
        """
        value = structure.normalized(tensors)
        specs = structure.mapped(structure.spec_of, value)
        return _source("TensorDataset", specs, structure.to_tensors(specs, value))

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """The slices along the first dimension.

        Args:
          tensors: a structure of what converts to tensors, all of one first size.

        Raises:
          ValueError: their first sizes differ, or one is a scalar.
        """
        value = structure.normalized(tensors)
        leaves, flat, specs = structure.flatten(value), [], []
        first: Any = None
        for leaf in leaves:
            spec = structure.spec_of(leaf)
            if isinstance(spec, SparseTensorSpec):
                flat.append(spec.to_slices(leaf))
            else:
                if spec.shape.ndims == 0:
                    raise ValueError(f"Value {leaf} has insufficient rank for batching.")
                flat.append(leaf)
            if spec.shape.ndims is not None:
                first = spec.shape[0] if first is None else first.merge_with(spec.shape[0])
            specs.append(spec.unbatched())
        return _source("TensorSliceDataset", structure.pack(value, specs), flat)

    @staticmethod
    def from_sparse_tensor_slices(sparse_tensor: Any) -> Dataset:
        """The rows of a sparse tensor: of each its indices, values and shape."""
        if not isinstance(sparse_tensor, SparseTensor):
            raise TypeError(
                f"`sparse_tensor` must be a `tf.SparseTensor` object.Was {sparse_tensor}."
            )
        rank = sparse_tensor.shape.ndims
        rank = None if rank is None else rank - 1
        specs = (
            TensorSpec([None, rank], int64),
            TensorSpec([None], sparse_tensor.dtype),
            TensorSpec([rank], int64),
        )
        parts = sparse_tensor.indices, sparse_tensor.values, sparse_tensor.dense_shape
        return DatasetV1Adapter(build("SparseTensorSliceDataset", *parts), specs)

    @staticmethod
    def range(*args: Any) -> Dataset:
        """Integers, as Python's `range` has them."""
        if not 1 <= len(args) <= 3:
            raise ValueError(f"Invalid arguments to RangeDataset: {args}")
        start, stop, step = 0, args[0], 1
        if len(args) > 1:
            start, stop = args[:2]
        if len(args) > 2:
            step = args[2]
        named = (("start", start), ("stop", stop), ("step", step))
        numbers = [convert_to_tensor(value, int64, name=name) for name, value in named]
        specs = TensorSpec([], int64)
        attributes = structure.flat_attributes(specs)
        return DatasetV1Adapter(build("RangeDataset", *numbers, **attributes), specs)

    @staticmethod
    def from_generator(
        generator: Callable[..., Any],
        output_types: Any,
        output_shapes: Any = None,
        args: Sequence[Any] | None = None,
    ) -> Dataset:
        """What a Python function iterates over.

        Args:
          generator: called for each iteration; returns what can be iterated over.
          output_types: the structure of dtypes of elements.
          output_shapes: that of their shapes; None: anything.
          args: tensors whose values `generator` is called with.

        Raises:
          TypeError: `generator` is not callable, or `args` is no tuple.
        """
        if not callable(generator):
            raise TypeError("`generator` must be callable.")
        specs = structure.from_legacy(output_types, output_shapes)
        tensors = [] if args is None else [convert_to_tensor(arg) for arg in args]
        attributes = structure.flat_attributes(specs)
        made = build(
            "PythonGeneratorDataset", tensors, generator=_Generator(generator, specs), **attributes
        )
        return DatasetV1Adapter(made, specs)

    @staticmethod
    def list_files(
        file_pattern: TensorLike, shuffle: bool | None = None, seed: int | None = None
    ) -> Dataset:
        """The names of files.

        Args:
          file_pattern: scalar or vector, string: patterns.
          shuffle: whether they come in another order each time; True when None.
          seed: of that order.

        Raises:
          InvalidArgumentError: when run: there are no such files.
        """
        with name_scope("list_files"):
            pattern = convert_to_tensor(file_pattern, string, name="file_pattern")
            found = io.matching_files(pattern)
            is_there = math.greater(array.shape(found)[0], 0, name="match_not_empty")
            joined = strings.reduce_join(pattern, separator=", ")
            text = math.add("No files matched pattern: ", joined, name="message")
            check = control_flow.Assert(is_there, [text], summarize=1, name="assert_not_empty")
            with control_dependencies([check]):
                found = array.identity(found)
            dataset = Dataset.from_tensor_slices(found)
            if shuffle or shuffle is None:
                size = math.maximum(array.shape(found, out_type=int64)[0], 1)
                dataset = dataset.shuffle(size, seed=seed)
        return dataset

    # -- Choosing elements --

    def repeat(self, count: TensorLike = None) -> Dataset:
        """The elements `count` times; for ever where it is None or -1."""
        times = number(-1 if count is None else count, "count")
        return selected(self, "RepeatDataset", times)

    def take(self, count: TensorLike) -> Dataset:
        """At most `count` elements; all for -1."""
        return selected(self, "TakeDataset", number(count, "count"))

    def skip(self, count: TensorLike) -> Dataset:
        """All but the first `count` elements; none for -1."""
        return selected(self, "SkipDataset", number(count, "count"))

    def shard(self, num_shards: TensorLike, index: TensorLike) -> Dataset:
        """Every `num_shards`-th element, from the `index`-th on."""
        return selected(
            self, "ShardDataset", number(num_shards, "num_shards"), number(index, "index")
        )

    def shuffle(
        self,
        buffer_size: TensorLike,
        seed: int | None = None,
        reshuffle_each_iteration: bool | None = None,
    ) -> Dataset:
        """The elements in another order, each chosen among the next `buffer_size`.

        Args:
          buffer_size: scalar, int64.
          seed: of the order; see `tf.set_random_seed`.
          reshuffle_each_iteration: whether each repetition has another order; True when None.
        """
        return selected(
            self,
            "ShuffleDataset",
            number(buffer_size, "buffer_size"),
            *seeds_of(seed),
            reshuffle_each_iteration=reshuffle_each_iteration in (None, True),
        )

    def cache(self, filename: TensorLike = "") -> Dataset:
        """The elements, kept when they have been made once: in memory, or in a file."""
        return selected(self, "CacheDataset", convert_to_tensor(filename, string, name="filename"))

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """The elements of which `predicate` returns True.

        Raises:
          ValueError: `predicate` does not return a scalar bool.
        """
        return filtered(self, "FilterDataset", predicate, "Dataset.filter()")

    filter_with_legacy_function = filter

    def concatenate(self, dataset: Dataset) -> Dataset:
        """The elements of this dataset and then those of `dataset`.

        Raises:
          TypeError: they have other dtypes or classes.
        """
        for part, word in ((0, "types"), (2, "classes")):
            one = structure.legacy(self._element_spec, part)
            other = structure.legacy(dataset.element_spec, part)
            if one != other:
                raise TypeError(
                    f"Two datasets to concatenate have different {word} {one} and {other}"
                )
        pairs = zip(
            structure.flatten(self._element_spec),
            structure.flatten(dataset.element_spec),
            strict=True,
        )
        specs = structure.pack(self._element_spec, [a.most_general(b) for a, b in pairs])
        return derived(self, specs, "ConcatenateDataset", dataset.variant_tensor)

    @staticmethod
    def zip(datasets: Any) -> Dataset:
        """The elements of several datasets side by side.

        Args:
          datasets: a structure of datasets.

        Raises:
          TypeError: it is none.
        """
        flat = structure.flatten(datasets)
        for dataset in flat:
            if not isinstance(dataset, Dataset):
                message = (
                    "The argument to `Dataset.zip()` must be a nested structure of `Dataset` "
                    "objects."
                )
                if isinstance(dataset, list):
                    message += (
                        " Nested structures do not support Python lists; please use a tuple "
                        "instead."
                    )
                raise TypeError(message)
        specs = structure.pack(datasets, [dataset.element_spec for dataset in flat])
        attributes = structure.flat_attributes(specs)
        made = build("ZipDataset", [dataset.variant_tensor for dataset in flat], **attributes)
        return DatasetV1Adapter(made, specs)

    def enumerate(self, start: int = 0) -> Dataset:
        """The elements, each behind its number."""
        return Dataset.zip((Dataset.range(start, np.iinfo(np.int64).max), self))

    # -- Making elements --

    def map(self, map_func: Callable[..., Any], num_parallel_calls: TensorLike = None) -> Dataset:
        """A function of each element.

        Args:
          map_func: takes the parts of a tuple one by one, anything else as one argument; returns a
            structure of tensors. It is called once, to make operations.
          num_parallel_calls: so many elements are made at a time, on threads; the order stays.

        Raises:
          TypeError: it returns what is no structure of tensors.
        """
        traced = TracedFunction(map_func, "Dataset.map()", self._element_spec)
        if num_parallel_calls is None:
            return derived(self, traced.result, "MapDataset", traced.captured, f=traced.function)
        calls = convert_to_tensor(num_parallel_calls, int32, name="num_parallel_calls")
        return derived(
            self, traced.result, "ParallelMapDataset", traced.captured, calls, f=traced.function
        )

    map_with_legacy_function = map

    def flat_map(self, map_func: Callable[..., Any]) -> Dataset:
        """The elements of the datasets that a function makes of each element."""
        traced = to_datasets(self, map_func, "Dataset.flat_map()")
        specs = traced.result.element_spec
        return derived(self, specs, "FlatMapDataset", traced.captured, f=traced.function)

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: TensorLike = AUTOTUNE,
        block_length: TensorLike = 1,
        num_parallel_calls: TensorLike = None,
    ) -> Dataset:
        """The elements of the datasets that a function makes, of several in turn.

        Args:
          map_func: makes a dataset of an element.
          cycle_length: so many datasets give elements in turn; -1: as many as seem good.
          block_length: so many elements in a turn.
          num_parallel_calls: at most so many at a time.
        """
        if isinstance(cycle_length, int) and cycle_length == AUTOTUNE:
            cycle_length = 10
        traced = to_datasets(self, map_func, "Dataset.interleave()")
        numbers = [number(cycle_length, "cycle_length"), number(block_length, "block_length")]
        op_type = "InterleaveDataset"
        if num_parallel_calls is not None:
            op_type = "ParallelInterleaveDatasetV2"
            numbers.append(number(num_parallel_calls, "num_parallel_calls"))
        specs = traced.result.element_spec
        return derived(self, specs, op_type, traced.captured, *numbers, f=traced.function)

    def unbatch(self) -> Dataset:
        """The slices of each element along its first dimension."""
        specs = structure.mapped(lambda spec: spec.unbatched(), self._element_spec)
        # TensorFlow's operations: there, the function takes sparse tensors apart.
        return derived(self.map(_as_it_is), specs, "UnbatchDataset")

    def window(
        self,
        size: TensorLike,
        shift: TensorLike = None,
        stride: TensorLike = 1,
        drop_remainder: TensorLike = False,
    ) -> Dataset:
        """Datasets of successive elements.

        Args:
          size: elements in each.
          shift: from one's first element to that of the next; `size` when None.
          stride: from one element to the next in it.
          drop_remainder: whether the last ones, which have fewer, are left out.
        """
        specs = structure.mapped(DatasetSpec, self._element_spec)
        return derived(
            self,
            specs,
            "WindowDataset",
            number(size, "size"),
            number(size if shift is None else shift, "shift"),
            number(stride, "stride"),
            drops_remainder(drop_remainder),
        )

    # -- Batches --

    def batch(self, batch_size: TensorLike, drop_remainder: TensorLike = False) -> Dataset:
        """Several elements as one, along a new first dimension.

        Args:
          batch_size: elements in a batch.
          drop_remainder: whether a last batch that has fewer is left out.
        """
        size, drops = number(batch_size, "batch_size"), drops_remainder(drop_remainder)
        specs = batched(self._element_spec, size, drops)
        return derived(self, specs, "BatchDatasetV2", size, drops)

    def padded_batch(
        self,
        batch_size: TensorLike,
        padded_shapes: Any,
        padding_values: Any = None,
        drop_remainder: TensorLike = False,
    ) -> Dataset:
        """Several elements as one, each filled up to one shape.

        Args:
          batch_size: elements in a batch.
          padded_shapes: a structure of shapes; an unknown size is the largest of the batch.
          padding_values: a structure of scalars; 0 and '' when None.
          drop_remainder: whether a last batch that has fewer is left out.

        Raises:
          ValueError: a shape does not fit the elements.
          TypeError: an element is sparse, or a padding value has another dtype.
        """
        size, flat = number(batch_size, "batch_size"), structure.flatten(self._element_spec)
        if any(not isinstance(spec, TensorSpec) for spec in flat):
            raise TypeError("Batching of padded sparse tensors is not currently supported")
        given = _shapes_up_to(self._element_spec, padded_shapes)
        shapes = [_padded_shape(shape, spec) for shape, spec in zip(given, flat, strict=True)]
        values = [None] * len(flat)
        if padding_values is not None:
            values = structure.flatten(padding_values)
            if len(values) != len(flat):
                values = values * len(flat)
        padding = [_padding(value, spec) for value, spec in zip(values, flat, strict=True)]
        drops = drops_remainder(drop_remainder)
        described = [
            TensorSpec(_static_shape(shape), spec.dtype)
            for shape, spec in zip(shapes, flat, strict=True)
        ]
        specs = batched(structure.pack(self._element_spec, described), size, drops)
        attributes = structure.flat_attributes(specs)
        made = build(
            "PaddedBatchDatasetV2",
            self.variant_tensor,
            size,
            shapes,
            padding,
            drops,
            output_shapes=attributes["output_shapes"],
        )
        return DatasetV1Adapter(made, specs)

    def prefetch(self, buffer_size: TensorLike) -> Dataset:
        """The elements, so many of them made ahead on a thread; -1: as many as seem good."""
        size = -1 if buffer_size is None else buffer_size
        return selected(self, "PrefetchDataset", number(size, "buffer_size"))

    # -- As a whole --

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """The last state of a function of a state and each element.

        Args:
          initial_state: a structure of tensors.
          reduce_func: takes a state and an element, returns the next state.

        Raises:
          TypeError: the states have different structures, dtypes or classes.
        """
        with name_scope("initial_state"):
            state = structure.normalized(initial_state)
        specs = structure.mapped(structure.spec_of, state)
        traced, specs = with_state(
            reduce_func, "Dataset.reduce()", specs, self._element_spec, lambda result: result
        )
        made = build(
            "ReduceDataset",
            self.variant_tensor,
            structure.to_tensors(specs, state),
            traced.captured,
            f=traced.function,
            **structure.flat_attributes(specs),
        )
        return structure.from_tensors(specs, made if isinstance(made, list) else [made])

    def apply(self, transformation_func: Callable[[Dataset], Dataset]) -> Dataset:
        """What a function makes of this dataset.

        Raises:
          TypeError: it returns no dataset.
        """
        dataset = transformation_func(self)
        if not isinstance(dataset, Dataset):
            raise TypeError(f"`transformation_func` must return a Dataset. Got {dataset}.")
        return dataset

    # -- Iterators --

    def make_one_shot_iterator(self) -> Iterator:
        """An iterator that begins by itself, once in a session.

        Raises:
          ValueError: the dataset depends on a placeholder, a variable or a table.
        """
        factory = trace("make_dataset", [], [], lambda _: [_by_value(self.variant_tensor)])
        handle = build(
            "OneShotIterator",
            dataset_factory=factory,
            **structure.flat_attributes(self._element_spec),
        )
        return Iterator.of_specs(handle, None, self._element_spec)

    def make_initializable_iterator(self, shared_name: str | None = None) -> Iterator:
        """An iterator that begins when its `initializer` runs.

        Args:
          shared_name: iterators of one such name are one in a session.
        """
        attributes = structure.flat_attributes(self._element_spec)
        source = self.variant_tensor
        names = convert_to_tensor(_OPTIMIZATIONS, string, name="optimizations")
        source = build("OptimizeDataset", source, names, **attributes)
        source = build("ModelDataset", source, **attributes)
        handle = build("IteratorV2", container="", shared_name=shared_name or "", **attributes)
        with handle.graph.colocate_with(handle.op):
            initializer = build("MakeIterator", source, handle)
        return Iterator.of_specs(handle, initializer, self._element_spec)


class DatasetV1Adapter(Dataset):
    """What all methods return: TensorFlow shows this name."""


DatasetSpec.value_type = DatasetV1Adapter


def derived(dataset: Dataset, specs: Any, op_type: str, *inputs: Any, **attrs: Any) -> Dataset:
    """A dataset of other elements, made of `dataset` by an op."""
    attributes = structure.flat_attributes(specs)
    made = build(op_type, dataset.variant_tensor, *inputs, **attrs, **attributes)
    return DatasetV1Adapter(made, specs, dataset.options())


def selected(dataset: Dataset, op_type: str, *inputs: Any, **attrs: Any) -> Dataset:
    """A dataset of elements of the same kind."""
    return derived(dataset, dataset.element_spec, op_type, *inputs, **attrs)


def filtered(dataset: Dataset, op_type: str, predicate: Callable[..., Any], title: str) -> Dataset:
    """The elements for which a function's scalar bool says so.

    Raises:
      ValueError: it returns something else.
    """
    traced = TracedFunction(predicate, title, dataset.element_spec)
    result = traced.result
    if not (
        isinstance(result, TensorSpec)
        and result.dtype is bool_type
        and result.shape.is_compatible_with([])
    ):
        raise ValueError(
            f"`predicate` return type must be convertible to a scalar boolean tensor. Was {result}."
        )
    return selected(dataset, op_type, traced.captured, predicate=traced.function)


def to_datasets(dataset: Dataset, map_func: Callable[..., Any], title: str) -> TracedFunction:
    """A function that makes a dataset of an element."""
    return TracedFunction(map_func, title, dataset.element_spec, returns_dataset=True)


# ---- Generators ----


class _Generator:
    """A Python generator as the kernel calls it: elements are checked and converted."""

    def __init__(self, generator: Callable[..., Any], specs: Any) -> None:
        self.name = getattr(generator, "__name__", "generator")
        self._generator = generator
        self._specs = specs

    def begin(self, args: Sequence[Any]) -> PythonIterator[tuple[Any, ...]]:
        """Goes through the elements, from the first one on."""
        values = iter(self._generator(*args))
        flat = structure.flatten(self._specs)
        return map(functools.partial(self._element, flat), values)

    def _element(self, flat: Sequence[Any], value: Any) -> tuple[Any, ...]:
        leaves = structure.flatten(value) if isinstance(self._specs, (tuple, dict)) else [value]
        if len(leaves) == 1 and len(flat) > 1 and isinstance(value, list):
            leaves = list(value)
        if len(leaves) != len(flat):
            raise errors.InvalidArgumentError.of(
                "TypeError: `generator` yielded an element that did not match the expected "
                f"structure. The expected structure was {structure.legacy(self._specs, 0)}, but "
                f"the yielded element was {value}."
            )
        return tuple(self._part(leaf, spec) for leaf, spec in zip(leaves, flat, strict=True))

    def _part(self, value: Any, spec: Any) -> Any:
        try:
            found = to_array(value, spec.dtype)
        except (TypeError, ValueError):
            raise errors.InvalidArgumentError.of(
                "TypeError: `generator` yielded an element that could not be converted to the "
                f"expected type. The expected type was {spec.dtype.name}, but the yielded element "
                f"was {value}."
            ) from None
        if not spec.shape.is_compatible_with(found.shape):
            raise errors.InvalidArgumentError.of(
                f"ValueError: `generator` yielded an element of shape {found.shape} where an "
                f"element of shape {spec.shape} was expected."
            )
        return found


# ---- Helpers ----


def _as_it_is(*element: Any) -> Any:
    return element[0] if len(element) == 1 else element


def _source(op_type: str, specs: Any, tensors: Sequence[Tensor]) -> Dataset:
    shapes = structure.flat_attributes(specs)["output_shapes"]
    return DatasetV1Adapter(build(op_type, list(tensors), output_shapes=shapes), specs)


def _shapes_up_to(specs: Any, shapes: Any) -> list[Any]:
    """For each part of an element the padded shape."""
    flat = structure.flatten(specs)
    if len(flat) == 1 and not isinstance(specs, (tuple, dict)):
        return [shapes]
    return list(_walk(specs, shapes))


def _walk(specs: Any, shapes: Any) -> PythonIterator[Any]:
    if isinstance(specs, dict):
        for key in sorted(specs):
            yield from _walk(specs[key], shapes[key])
    elif isinstance(specs, tuple):
        for spec, shape in zip(specs, shapes, strict=True):
            yield from _walk(spec, shape)
    else:
        yield shapes


def _padded_shape(shape: Any, spec: TensorSpec) -> Tensor:
    """A padded shape as a vector, of which -1 stands for the largest size."""
    if isinstance(shape, Tensor):
        given: Tensor = math.cast(shape, int64)
        return given
    if isinstance(shape, (list, tuple)):
        shape = [None if n == -1 else n for n in shape]
    wanted = TensorShape(shape)
    has_room = wanted.ndims == spec.shape.ndims if spec.shape.ndims is not None else True
    if has_room and wanted.ndims is not None and spec.shape.ndims is not None:
        pairs = zip(as_dims(wanted) or (), as_dims(spec.shape) or (), strict=True)
        has_room = all(a is None or b is None or a >= b for a, b in pairs)
    if not has_room:
        raise ValueError(
            f"The padded shape {tuple(as_dims(wanted) or ())} is not compatible with the "
            f"corresponding input component shape {spec.shape}."
        )
    sizes = [-1 if n is None else n for n in as_dims(wanted) or ()]
    return constant(np.array(sizes, np.int64))


def _static_shape(shape: Tensor) -> TensorShape:
    known = constant_value(shape)
    if known is None:
        return TensorShape([None] * (shape.shape[0].value or 0))
    return TensorShape([None if n < 0 else int(n) for n in known])


def _padding(value: Any, spec: TensorSpec) -> Tensor:
    if value is None:
        value = "" if spec.dtype is string else np.zeros((), spec.dtype.numpy)
    tensor = convert_to_tensor(value, name="padding_value")
    if tensor.shape.ndims not in (0, None):
        raise ValueError("Padding value should be a scalar, but is not.")
    if tensor.dtype != spec.dtype:
        raise TypeError(
            f"Padding value tensor ({tensor}) does not match output type: {spec.dtype!s}"
        )
    return tensor


def with_state(
    func: Callable[..., Any],
    title: str,
    state: Any,
    element: Any,
    state_of: Callable[[Any], Any],
) -> tuple[TracedFunction, Any]:
    """A function of a state and an element; the state's shapes are made wide enough."""
    while True:
        traced = TracedFunction(_two_arguments(func), title, state, element)
        found = state_of(traced.result)
        for part, word in ((2, "classes"), (0, "types")):
            one, other = structure.legacy(state, part), structure.legacy(found, part)
            if one != other:
                raise TypeError(
                    f"The element {word} for the new state must match the initial state. Expected "
                    f"{one}; got {other}."
                )
        pairs = zip(structure.flatten(state), structure.flatten(found), strict=True)
        wide = structure.pack(state, [a.most_general(b) for a, b in pairs])
        if wide == state:
            return traced, state
        state = wide


def _two_arguments(func: Callable[..., Any]) -> Callable[..., Any]:
    """Keeps a state that is a tuple one argument."""

    def call(state: Any, element: Any) -> Any:
        return func(state, element)

    call.__name__ = getattr(func, "__name__", "func")
    return call


def _by_value(tensor: Tensor) -> Tensor:
    """A copy, in the default graph, of a tensor of another graph and of all that it is made of.

    Raises:
      ValueError: it depends on a placeholder, or on what has a state.
    """
    copies: dict[Operation, list[Tensor]] = {}

    def copy(op: Operation) -> list[Tensor]:
        if op not in copies:
            if op.op_def_.is_fed:
                raise ValueError(
                    f"Cannot capture a placeholder (name:{op.name}, type:{op.type}) by value."
                )
            if op.op_def_.is_stateful and op.type not in DATASETS:
                raise ValueError(_STATEFUL.format(op.name, op.type))
            inputs = [copy(t.op)[t.value_index] for t in op.inputs]
            made = tensor_graph.add_operation(
                op.op_def_,
                op.name,
                inputs,
                dict(op.attrs),
                [t.dtype for t in op.outputs],
                [t.dims for t in op.outputs],
            )
            copies[op] = list(made.outputs)
        return copies[op]

    tensor_graph = get_default_graph()
    return copy(tensor.op)[tensor.value_index]


# ---- Functions of tf.data ----


def get_output_types(dataset_or_iterator: Any) -> Any:
    """The structure of dtypes of elements."""
    return dataset_or_iterator.output_types


def get_output_shapes(dataset_or_iterator: Any) -> Any:
    """The structure of shapes of elements."""
    return dataset_or_iterator.output_shapes


def get_output_classes(dataset_or_iterator: Any) -> Any:
    """The structure of classes of elements."""
    return dataset_or_iterator.output_classes


def make_one_shot_iterator(dataset: Dataset) -> Iterator:
    """`Dataset.make_one_shot_iterator`."""
    return dataset.make_one_shot_iterator()


def make_initializable_iterator(dataset: Dataset, shared_name: str | None = None) -> Iterator:
    """`Dataset.make_initializable_iterator`."""
    return dataset.make_initializable_iterator(shared_name)


__all__ = [
    "AUTOTUNE",
    "Dataset",
    "DatasetV1Adapter",
    "Options",
]
