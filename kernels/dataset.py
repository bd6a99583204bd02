"""Kernels of `tf.data`: the datasets, and what asks iterators for elements."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from tfsession.dtypes import DType, int64, string
from tfsession.errors import InvalidArgumentError
from tfsession.formats.streams import file_error, open_to_read, path_of
from tfsession.formats.tfrecord import RecordReader, TFRecordOptions, TFRecordWriter
from tfsession.registry import kernel
from tfsession.resources import dataset_stages as stages, datasets, iterators, queues
from tfsession.resources.containers import ResourceManager
from tfsession.resources.datasets import Dataset, Function, dataset_behind, variant_of
from tfsession.resources.iterators import IteratorResource

from .handles import behind, made_handle, of_node
from .parsing import csv_columns, csv_fields
from .queue import words

Array = Any


def _names(filenames: Array) -> list[bytes]:
    found: list[bytes] = np.asarray(filenames, object).ravel().tolist()
    return found


def _number(value: Array) -> int:
    return int(value)


def _text(value: Array) -> bytes:
    found: bytes = behind(value)
    return found


# ---- Sources ----


@kernel("TensorDataset", device="CPU")
def tensor_dataset(xp: Any, *components: Array, Toutput_types: list[DType]) -> Array:
    return variant_of(datasets.Tensors(components, Toutput_types))


@kernel("TensorSliceDataset", device="CPU")
def tensor_slice_dataset(xp: Any, *components: Array, Toutput_types: list[DType]) -> Array:
    return variant_of(datasets.Slices(components, Toutput_types))


@kernel("SparseTensorSliceDataset", device="CPU")
def sparse_tensor_slice_dataset(
    xp: Any, indices: Array, values: Array, dense_shape: Array, Tvalues: DType
) -> Array:
    """For each row its indices, values and shape."""
    rows = int(dense_shape[0])
    ends = np.searchsorted(indices[:, 0], np.arange(rows + 1))
    found = [
        (indices[start:end, 1:], values[start:end], dense_shape[1:])
        for start, end in itertools.pairwise(ends)
    ]
    return variant_of(stages.Elements(found, [int64, Tvalues, int64]))


@kernel("RangeDataset", device="CPU")
def range_dataset(
    xp: Any, start: Array, stop: Array, step: Array, output_types: list[DType]
) -> Array:
    if not step:
        raise InvalidArgumentError.of("step must be a non-zero integer.")
    numbers = range(_number(start), _number(stop), _number(step))
    made = datasets.Made(lambda: zip(map(np.int64, numbers)), output_types, len(numbers))
    return variant_of(made)


@kernel("RandomDataset", device="CPU")
def random_dataset(xp: Any, seed: Array, seed2: Array, output_types: list[DType]) -> Array:
    seeds = _number(seed), _number(seed2)

    def begin() -> Iterator[Any]:
        return zip(map(np.int64, iter(words(*seeds), None)))

    return variant_of(datasets.Made(begin, output_types, datasets.INFINITE))


@kernel("PythonGeneratorDataset", device="CPU")
def python_generator_dataset(
    xp: Any, *args: Array, generator: Any, output_types: list[DType]
) -> Array:
    return variant_of(datasets.Made(lambda: generator.begin(args), output_types))


# ---- Files ----


def _lines(name: bytes, compression: str) -> Iterator[Any]:
    path = path_of(name)
    file = open_to_read(path, compression)

    def lines() -> Iterator[bytes]:
        with file:
            try:
                for line in file:
                    yield line.removesuffix(b"\n").removesuffix(b"\r")
            except OSError as error:
                raise file_error(path, error) from None

    return zip(lines())


@kernel("TextLineDataset", device="CPU")
def text_line_dataset(
    xp: Any, filenames: Array, compression_type: Array, buffer_size: Array
) -> Array:
    compression = _compression(compression_type)
    opened = functools.partial(_lines, compression=compression)
    return variant_of(datasets.Files(_names(filenames), opened, [string]))


def _compression(value: Array) -> str:
    text = _text(value).decode()
    if text not in ("", "ZLIB", "GZIP"):
        raise InvalidArgumentError.of("Unsupported compression_type.")
    return text


def _records(name: bytes, compression: str) -> Iterator[Any]:
    reader = RecordReader(path_of(name), compression)

    def records() -> Iterator[bytes]:
        try:
            while (record := reader.read()) is not None:
                yield record
        finally:
            reader.close()

    return zip(records())


@kernel("TFRecordDataset", device="CPU")
def tf_record_dataset(
    xp: Any, filenames: Array, compression_type: Array, buffer_size: Array
) -> Array:
    opened = functools.partial(_records, compression=_compression(compression_type))
    return variant_of(datasets.Files(_names(filenames), opened, [string]))


def _blocks(name: bytes, header: int, size: int, footer: int, compression: str) -> Iterator[Any]:
    path = path_of(name)
    file = open_to_read(path, compression)
    if not compression:
        body = os.path.getsize(path) - header - footer
        if body % size:
            file.close()
            raise InvalidArgumentError.of(
                f"Excluding the header ({header} bytes) and footer ({footer} bytes), input "
                f'file "{path}" has body length {body} bytes, which is not an exact multiple '
                f"of the record length ({size} bytes)."
            )

    def blocks() -> Iterator[bytes]:
        with file:
            file.read(header)
            ahead = b""
            while len(ahead := ahead + file.read(size + footer - len(ahead))) == size + footer:
                yield ahead[:size]
                ahead = ahead[size:]

    return zip(blocks())


@kernel("FixedLengthRecordDatasetV2", device="CPU")
def fixed_length_record_dataset(
    xp: Any,
    filenames: Array,
    header_bytes: Array,
    record_bytes: Array,
    footer_bytes: Array,
    buffer_size: Array,
    compression_type: Array,
) -> Array:
    sizes = [_number(n) for n in (header_bytes, record_bytes, footer_bytes)]
    for name, size, least in zip(("header", "record", "footer"), sizes, (0, 1, 0), strict=True):
        if size < least:
            raise InvalidArgumentError.of(f"{name}_bytes must be >{'=' * (least == 0)} 0")
    header, size, footer = sizes
    opened = functools.partial(
        _blocks,
        header=header,
        size=size,
        footer=footer,
        compression=_compression(compression_type),
    )
    return variant_of(datasets.Files(_names(filenames), opened, [string]))


def _csv_records(name: bytes, compression: str, has_header: bool) -> Iterator[bytes]:
    """The records of a file; a line that ends inside quotes goes on in the next one."""
    with open_to_read(path_of(name), compression) as file:
        pending = b""
        for number, line in enumerate(file):
            if has_header and not number:
                continue
            pending += line
            if pending.count(b'"') % 2:
                continue
            record = pending.removesuffix(b"\n").removesuffix(b"\r")
            pending = b""
            if record:
                yield record
        if pending:
            yield pending


@kernel("CSVDataset", device="CPU")
def csv_dataset(
    xp: Any,
    filenames: Array,
    compression_type: Array,
    buffer_size: Array,
    header: Array,
    field_delim: Array,
    use_quote_delim: Array,
    na_value: Array,
    select_cols: Array,
    *record_defaults: Array,
    output_types: list[DType],
) -> Array:
    names, compression = _names(filenames), _compression(compression_type)
    delimiter, quotes, missing = _text(field_delim), bool(use_quote_delim), _text(na_value)
    columns = [int(column) for column in select_cols]
    if len(delimiter) != 1:
        raise InvalidArgumentError.of("field_delim should be only 1 char")

    def element(record: bytes) -> tuple[Any, ...]:
        fields = csv_fields(record, delimiter, quotes)
        if columns:
            fields = [fields[column] for column in columns if column < len(fields)]
        if len(fields) != len(output_types):
            raise InvalidArgumentError.of(
                f"Expect {len(output_types)} fields but have {len(fields)} in record"
            )
        found = csv_columns([fields], output_types, record_defaults, missing, of_one=True)
        return tuple(column[0] for column in found)

    def begin() -> Iterator[Any]:
        records = (_csv_records(name, compression, bool(header)) for name in names)
        return map(element, itertools.chain.from_iterable(records))

    return variant_of(datasets.Made(begin, output_types))


# ---- Transformations ----


@kernel("RepeatDataset", device="CPU")
def repeat_dataset(xp: Any, input_dataset: Array, count: Array) -> Array:
    return variant_of(datasets.Repeat(dataset_behind(input_dataset), _number(count)))


@kernel("TakeDataset", device="CPU")
def take_dataset(xp: Any, input_dataset: Array, count: Array) -> Array:
    return variant_of(datasets.Take(dataset_behind(input_dataset), _number(count)))


@kernel("SkipDataset", device="CPU")
def skip_dataset(xp: Any, input_dataset: Array, count: Array) -> Array:
    return variant_of(datasets.Skip(dataset_behind(input_dataset), _number(count)))


@kernel("ShardDataset", device="CPU")
def shard_dataset(xp: Any, input_dataset: Array, num_shards: Array, index: Array) -> Array:
    number, position = _number(num_shards), _number(index)
    if number <= 0:
        raise InvalidArgumentError.of(
            f"Number of shards must be greater than zero (currently num_shards = {number})."
        )
    if not 0 <= position < number:
        raise InvalidArgumentError.of(
            f"Index must be between 0 and {number - 1} (currently index = {position})."
        )
    return variant_of(datasets.Shard(dataset_behind(input_dataset), number, position))


@kernel("ShuffleDataset", device="CPU")
def shuffle_dataset(
    xp: Any,
    input_dataset: Array,
    buffer_size: Array,
    seed: Array,
    seed2: Array,
    reshuffle_each_iteration: bool,
) -> Array:
    source, seeds = dataset_behind(input_dataset), (_number(seed), _number(seed2))
    made = datasets.Shuffle(source, _number(buffer_size), seeds, words, reshuffle_each_iteration)
    return variant_of(made)


@kernel("ShuffleAndRepeatDataset", device="CPU")
def shuffle_and_repeat_dataset(
    xp: Any, input_dataset: Array, buffer_size: Array, seed: Array, seed2: Array, count: Array
) -> Array:
    source, seeds = dataset_behind(input_dataset), (_number(seed), _number(seed2))
    made = datasets.Shuffle(source, _number(buffer_size), seeds, words, times=_number(count))
    return variant_of(made)


@kernel("CacheDataset", device="CPU")
def cache_dataset(xp: Any, input_dataset: Array, filename: Array) -> Array:
    source, name = dataset_behind(input_dataset), _text(filename)
    if not name:
        return variant_of(datasets.Cache(source))
    return variant_of(iterators.FileCache(source, path_of(name)))


@kernel("BatchDatasetV2", device="CPU")
def batch_dataset(
    xp: Any,
    input_dataset: Array,
    batch_size: Array,
    drop_remainder: Array,
    output_types: list[DType],
) -> Array:
    source = dataset_behind(input_dataset)
    # TensorFlow makes one of a map and a batch.
    kind = stages.MappedBatch if isinstance(source, stages.Map) else stages.Batch
    return variant_of(kind(source, _number(batch_size), bool(drop_remainder), output_types))


@kernel("PaddedBatchDatasetV2", device="CPU")
def padded_batch_dataset(
    xp: Any,
    input_dataset: Array,
    batch_size: Array,
    *others: Array,
    Toutput_types: list[DType],
    N: int,
) -> Array:
    made = stages.PaddedBatch(
        dataset_behind(input_dataset),
        _number(batch_size),
        others[:N],
        others[N : 2 * N],
        bool(others[-1]),
        Toutput_types,
    )
    return variant_of(made)


@kernel("DenseToSparseBatchDataset", device="CPU")
def dense_to_sparse_batch_dataset(
    xp: Any, input_dataset: Array, batch_size: Array, row_shape: Array, output_types: list[DType]
) -> Array:
    source = dataset_behind(input_dataset)
    made = stages.DenseToSparse(source, _number(batch_size), row_shape, output_types)
    return variant_of(made)


@kernel("PrefetchDataset", device="CPU")
def prefetch_dataset(xp: Any, input_dataset: Array, buffer_size: Array) -> Array:
    size = _number(buffer_size)
    if size < -1:
        raise InvalidArgumentError.of(
            "buffer_size must be >= 0 or set buffer_size to be -1 for auto-tuning"
        )
    return variant_of(iterators.Prefetch(dataset_behind(input_dataset), size))


@kernel("WindowDataset", device="CPU")
def window_dataset(
    xp: Any, input_dataset: Array, size: Array, shift: Array, stride: Array, drop_remainder: Array
) -> Array:
    source, drops = dataset_behind(input_dataset), bool(drop_remainder)
    made = stages.Window(source, _number(size), _number(shift), _number(stride), drops)
    return variant_of(made)


@kernel("UnbatchDataset", device="CPU")
def unbatch_dataset(xp: Any, input_dataset: Array, output_types: list[DType]) -> Array:
    return variant_of(stages.Unbatched(dataset_behind(input_dataset), output_types))


@kernel("UniqueDataset", device="CPU")
def unique_dataset(xp: Any, input_dataset: Array) -> Array:
    return variant_of(datasets.Unique(dataset_behind(input_dataset)))


@kernel("IgnoreErrorsDataset", device="CPU")
def ignore_errors_dataset(xp: Any, input_dataset: Array) -> Array:
    return variant_of(datasets.IgnoreErrors(dataset_behind(input_dataset)))


@kernel("OptimizeDataset", device="CPU")
def optimize_dataset(xp: Any, input_dataset: Array, optimizations: Array) -> Array:
    return input_dataset


@kernel("ModelDataset", device="CPU")
def model_dataset(xp: Any, input_dataset: Array) -> Array:
    return input_dataset


@kernel("ConcatenateDataset", device="CPU")
def concatenate_dataset(xp: Any, input_dataset: Array, another_dataset: Array) -> Array:
    parts = dataset_behind(input_dataset), dataset_behind(another_dataset)
    return variant_of(datasets.Concatenation(*parts))


@kernel("ZipDataset", device="CPU")
def zip_dataset(xp: Any, *input_datasets: Array, output_types: list[DType]) -> Array:
    return variant_of(stages.Zip([dataset_behind(d) for d in input_datasets], output_types))


@kernel("DirectedInterleaveDataset", device="CPU")
def directed_interleave_dataset(
    xp: Any, selector: Array, *data: Array, output_types: list[DType]
) -> Array:
    parts = [dataset_behind(d) for d in data]
    return variant_of(stages.Directed(dataset_behind(selector), parts, output_types))


# ---- With functions ----


@kernel("MapDataset", device="CPU")
def map_dataset(
    xp: Any, input_dataset: Array, *captured: Array, f: Any, output_types: list[DType]
) -> Array:
    source = dataset_behind(input_dataset)
    return variant_of(stages.Map(source, Function(f, captured), output_types))


@kernel("ParallelMapDataset", device="CPU")
def parallel_map_dataset(
    xp: Any, input_dataset: Array, *others: Array, f: Any, output_types: list[DType]
) -> Array:
    *captured, calls = others
    source, function = dataset_behind(input_dataset), Function(f, captured)
    return variant_of(iterators.ParallelMap(source, function, output_types, _calls(calls)))


def _calls(value: Array) -> int:
    """How many calls run at a time; -1 is as many as there are processors."""
    number = _number(value)
    if number < 1 and number != -1:
        raise InvalidArgumentError.of("num_parallel_calls must be greater than zero.")
    return number if number > 0 else os.cpu_count() or 1


@kernel("MapAndBatchDataset", device="CPU")
def map_and_batch_dataset(
    xp: Any, input_dataset: Array, *others: Array, f: Any, output_types: list[DType]
) -> Array:
    *captured, batch_size, calls, drop_remainder = others
    source, function = dataset_behind(input_dataset), Function(f, captured)
    mapped = iterators.ParallelMap(source, function, output_types, _calls(calls))
    size = _number(batch_size)
    if size <= 0:
        raise InvalidArgumentError.of("batch_size must be greater than zero.")
    return variant_of(stages.MappedBatch(mapped, size, bool(drop_remainder), output_types))


@kernel("FlatMapDataset", device="CPU")
def flat_map_dataset(
    xp: Any, input_dataset: Array, *captured: Array, f: Any, output_types: list[DType]
) -> Array:
    source = dataset_behind(input_dataset)
    return variant_of(stages.Flat(source, Function(f, captured), output_types))


def _interleaved(
    input_dataset: Array,
    captured: Sequence[Array],
    cycle: Array,
    block: Array,
    f: Any,
    types: list[DType],
) -> Array:
    source, function = dataset_behind(input_dataset), Function(f, captured)
    made = stages.Flat(source, function, types, _number(cycle), _number(block))
    return variant_of(made)


@kernel("InterleaveDataset", device="CPU")
def interleave_dataset(
    xp: Any, input_dataset: Array, *others: Array, f: Any, output_types: list[DType]
) -> Array:
    *captured, cycle, block = others
    return _interleaved(input_dataset, captured, cycle, block, f, output_types)


@kernel("ParallelInterleaveDatasetV2", device="CPU")
def parallel_interleave_dataset_v2(
    xp: Any, input_dataset: Array, *others: Array, f: Any, output_types: list[DType]
) -> Array:
    *captured, cycle, block, calls = others
    _calls(calls)
    return _interleaved(input_dataset, captured, cycle, block, f, output_types)


@kernel("ParallelInterleaveDataset", device="CPU")
def parallel_interleave_dataset(
    xp: Any, input_dataset: Array, *others: Array, f: Any, output_types: list[DType]
) -> Array:
    captured, (cycle, block, _, _, _) = others[:-5], others[-5:]
    return _interleaved(input_dataset, captured, cycle, block, f, output_types)


@kernel("FilterDataset", device="CPU")
def filter_dataset(xp: Any, input_dataset: Array, *captured: Array, predicate: Any) -> Array:
    source = dataset_behind(input_dataset)
    return variant_of(datasets.Filter(source, Function(predicate, captured)))


@kernel("TakeWhileDataset", device="CPU")
def take_while_dataset(xp: Any, input_dataset: Array, *captured: Array, predicate: Any) -> Array:
    source = dataset_behind(input_dataset)
    return variant_of(datasets.Filter(source, Function(predicate, captured), ends=True))


@kernel("ScanDataset", device="CPU")
def scan_dataset(
    xp: Any,
    input_dataset: Array,
    *others: Array,
    f: Any,
    Tstate: list[DType],
    output_types: list[DType],
) -> Array:
    state, captured = others[: len(Tstate)], others[len(Tstate) :]
    source = dataset_behind(input_dataset)
    return variant_of(stages.Scan(source, state, Function(f, captured), output_types))


@kernel("GroupByWindowDataset", device="CPU")
def group_by_window_dataset(
    xp: Any,
    input_dataset: Array,
    *captured: Array,
    key_func: Any,
    reduce_func: Any,
    window_size_func: Any,
    Tkey_func_other_arguments: list[DType],
    Treduce_func_other_arguments: list[DType],
    output_types: list[DType],
) -> Array:
    counts = len(Tkey_func_other_arguments), len(Treduce_func_other_arguments)
    parts = _split(captured, counts)
    traced = key_func, reduce_func, window_size_func
    key, reduce, size = (Function(f, values) for f, values in zip(traced, parts, strict=True))
    source = dataset_behind(input_dataset)
    return variant_of(stages.Windows(source, key, reduce, size, output_types))


def _split(values: Sequence[Any], counts: Iterable[int]) -> list[Sequence[Any]]:
    """Parts of so many values each, and the rest."""
    found, start = [], 0
    for count in counts:
        found.append(values[start : start + count])
        start += count
    return [*found, values[start:]]


@kernel("GroupByReducerDataset", device="CPU")
def group_by_reducer_dataset(
    xp: Any,
    input_dataset: Array,
    *captured: Array,
    key_func: Any,
    init_func: Any,
    reduce_func: Any,
    finalize_func: Any,
    Tkey_func_other_arguments: list[DType],
    Tinit_func_other_arguments: list[DType],
    Treduce_func_other_arguments: list[DType],
    output_types: list[DType],
) -> Array:
    counts = (
        len(Tkey_func_other_arguments),
        len(Tinit_func_other_arguments),
        len(Treduce_func_other_arguments),
    )
    parts = _split(captured, counts)
    traced = key_func, init_func, reduce_func, finalize_func
    functions = [Function(f, values) for f, values in zip(traced, parts, strict=True)]
    return variant_of(stages.Reductions(dataset_behind(input_dataset), functions, output_types))


# ---- Values of datasets ----


def _session(resources: ResourceManager, op: Any) -> ResourceManager:
    return resources


def _outputs(element: Sequence[Any]) -> Any:
    return element[0] if len(element) == 1 else list(element)


@kernel("ReduceDataset", device="CPU", state=_session, aliases=True)
def reduce_dataset(
    xp: Any, input_dataset: Array, *others: Array, f: Any, Tstate: list[DType], state: Any
) -> Any:
    initial, captured = others[: len(Tstate)], others[len(Tstate) :]
    source = dataset_behind(input_dataset)
    return _outputs(iterators.reduce(source, initial, Function(f, captured), state))


@kernel("DatasetToSingleElement", device="CPU", state=_session, aliases=True)
def dataset_to_single_element(xp: Any, dataset: Array, state: Any) -> Any:
    return _outputs(iterators.single_element(dataset_behind(dataset), state))


@kernel("ExperimentalDatasetCardinality", device="CPU")
def dataset_cardinality(xp: Any, input_dataset: Array) -> Array:
    return np.int64(dataset_behind(input_dataset).count())


@kernel("DatasetToTFRecord", device="CPU", state=_session)
def dataset_to_tf_record(
    xp: Any, input_dataset: Array, filename: Array, compression_type: Array, state: Any
) -> None:
    context = datasets.Context(state)
    options = TFRecordOptions(_compression(compression_type))
    with TFRecordWriter(path_of(_text(filename)), options) as writer:
        for element in dataset_behind(input_dataset).begin(context):
            writer.write(_text(element[0]))
    context.close()


# ---- Iterators ----


def _make_iterator(resources: ResourceManager, op: Any) -> IteratorResource:
    attrs = op.attrs
    described = attrs["output_types"], attrs["output_shapes"]
    name = attrs["shared_name"].decode() or queues.unique_name(op.name)

    def make() -> IteratorResource:
        return IteratorResource(name, *described, resources)

    found: IteratorResource = resources.lookup_or_create(
        attrs["container"].decode(), iterators.KIND, name, make
    )
    try:
        found.check(*described)
    except InvalidArgumentError as error:
        raise of_node(op, error) from None
    return found


@kernel("IteratorV2", device="CPU", state=_make_iterator)
def iterator_handle(xp: Any, state: IteratorResource) -> Any:
    return made_handle(state)


def _make_one_shot(resources: ResourceManager, op: Any) -> IteratorResource:
    iterator = _make_iterator(resources, op)
    function = Function(op.attrs["dataset_factory"])

    def dataset() -> Dataset:
        (handle,) = function.begin(datasets.Context(resources))(())
        return dataset_behind(handle)

    iterator.start_late(dataset)
    return iterator


@kernel("OneShotIterator", device="CPU", state=_make_one_shot)
def one_shot_iterator_handle(xp: Any, state: IteratorResource) -> Any:
    return made_handle(state)


@kernel("MakeIterator", device="CPU", blocks=True)
def make_iterator(xp: Any, dataset: Array, iterator: Any) -> None:
    found: IteratorResource = behind(iterator)
    found.start(dataset_behind(dataset))


@kernel("IteratorToStringHandle", device="CPU")
def iterator_to_string_handle(xp: Any, resource_handle: Any) -> Array:
    found: IteratorResource = behind(resource_handle)
    result = np.empty((), object)
    result[()] = found.handle
    return result


@kernel("IteratorFromStringHandleV2", device="CPU", state=_session)
def iterator_from_string_handle(
    xp: Any,
    string_handle: Array,
    output_types: list[DType],
    output_shapes: list[Any],
    state: ResourceManager,
) -> Any:
    found = iterators.of_handle(state, _text(string_handle))
    found.check(output_types, output_shapes)
    return made_handle(found)


@kernel("IteratorGetNext", device="CPU", blocks=True, aliases=True)
def iterator_get_next(xp: Any, iterator: Any, output_shapes: list[Any]) -> Any:
    found: IteratorResource = behind(iterator)
    return _outputs(iterators.checked(found.next(), output_shapes))
