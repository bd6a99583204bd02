"""The ops of `tf.data`: those that make datasets, and those on iterators.

A dataset is a scalar of dtype variant, an iterator a resource. What they give is described by the
attributes `output_types` and `output_shapes`.
"""

from __future__ import annotations

from typing import Any

from tfsession import shapes
from tfsession.graph.operation import Tensor
from tfsession.registry import family, no_gradient, op, shape, undefined_gradient
from tfsession.shapes import Dims

family(is_light=True)

_OUTPUT = "output_types: list(type) >= 1; output_shapes: list(shape) >= 1"


# ---- Sources ----

_SOURCES = {
    "TensorDataset": (
        "components: Toutput_types",
        "Toutput_types: list(type) >= 1; output_shapes: list(shape) >= 1",
    ),
    "TensorSliceDataset": (
        "components: Toutput_types",
        "Toutput_types: list(type) >= 1; output_shapes: list(shape) >= 1",
    ),
    "SparseTensorSliceDataset": (
        "indices: int64, values: Tvalues, dense_shape: int64",
        "Tvalues: type",
    ),
    "RangeDataset": ("start: int64, stop: int64, step: int64", _OUTPUT),
    "RandomDataset": ("seed: int64, seed2: int64", _OUTPUT),
    "TextLineDataset": ("filenames: string, compression_type: string, buffer_size: int64", ""),
    "TFRecordDataset": ("filenames: string, compression_type: string, buffer_size: int64", ""),
    "FixedLengthRecordDatasetV2": (
        "filenames: string, header_bytes: int64, record_bytes: int64, footer_bytes: int64, "
        "buffer_size: int64, compression_type: string",
        "",
    ),
    "CSVDataset": (
        "filenames: string, compression_type: string, buffer_size: int64, header: bool, "
        "field_delim: string, use_quote_delim: bool, na_value: string, select_cols: int64, "
        "record_defaults: output_types",
        _OUTPUT,
    ),
    # What `Dataset.from_generator` makes; `generator` is called for each iteration.
    "PythonGeneratorDataset": ("args: Targs", f"generator: func; Targs: list(type); {_OUTPUT}"),
}

for _name, (_inputs, _attrs) in _SOURCES.items():
    op(f"{_name}({_inputs}) -> handle: variant", _attrs, stateful=True)


# ---- Transformations: of `input_dataset`, with more inputs and attributes ----

_TRANSFORMATIONS = {
    "RepeatDataset": ("count: int64", ""),
    "TakeDataset": ("count: int64", ""),
    "SkipDataset": ("count: int64", ""),
    "ShardDataset": ("num_shards: int64, index: int64", "require_non_empty: bool = false"),
    "ShuffleDataset": (
        "buffer_size: int64, seed: int64, seed2: int64",
        "reshuffle_each_iteration: bool = true",
    ),
    "ShuffleAndRepeatDataset": (
        "buffer_size: int64, seed: int64, seed2: int64, count: int64",
        "",
    ),
    "CacheDataset": ("filename: string", ""),
    "BatchDatasetV2": (
        "batch_size: int64, drop_remainder: bool",
        "parallel_copy: bool = false",
    ),
    "PrefetchDataset": (
        "buffer_size: int64",
        "slack_period: int = 0; legacy_autotune: bool = true",
    ),
    "WindowDataset": (
        "size: int64, shift: int64, stride: int64, drop_remainder: bool",
        "",
    ),
    "UnbatchDataset": ("", ""),
    "UniqueDataset": ("", ""),
    "IgnoreErrorsDataset": ("", ""),
    "OptimizeDataset": ("optimizations: string", "optimization_configs: list(string) = []"),
    "ModelDataset": ("", "algorithm: int = 0; cpu_budget: int = 0"),
    "DenseToSparseBatchDataset": ("batch_size: int64, row_shape: int64", ""),
}

for _name, (_inputs, _attrs) in _TRANSFORMATIONS.items():
    op(
        f"{_name}(input_dataset: variant{_inputs and ', '}{_inputs}) -> handle: variant",
        f"{_attrs}{_attrs and '; '}{_OUTPUT}",
        stateful=True,
    )

op(
    "PaddedBatchDatasetV2(input_dataset: variant, batch_size: int64, padded_shapes: N * int64, "
    "padding_values: Toutput_types, drop_remainder: bool) -> handle: variant",
    "parallel_copy: bool = false; Toutput_types: list(type) >= 1; "
    "output_shapes: list(shape) >= 1; N: int >= 1",
    stateful=True,
)
op(
    "ConcatenateDataset(input_dataset: variant, another_dataset: variant) -> handle: variant",
    _OUTPUT,
    stateful=True,
)
op(
    "ZipDataset(input_datasets: N * variant) -> handle: variant",
    f"{_OUTPUT}; N: int >= 1",
    stateful=True,
)
op(
    "DirectedInterleaveDataset(selector_input_dataset: variant, data_input_datasets: N * variant)"
    " -> handle: variant",
    f"{_OUTPUT}; N: int >= 1",
    stateful=True,
)

# With functions, and what these capture.

_FUNCTIONS = {
    "MapDataset": (
        "",
        "f: func",
        "use_inter_op_parallelism: bool = true; preserve_cardinality: bool = false",
    ),
    "ParallelMapDataset": (
        "num_parallel_calls: int32",
        "f: func",
        "use_inter_op_parallelism: bool = true; sloppy: bool = false; "
        "preserve_cardinality: bool = false",
    ),
    "MapAndBatchDataset": (
        "batch_size: int64, num_parallel_calls: int64, drop_remainder: bool",
        "f: func",
        "preserve_cardinality: bool = false",
    ),
    "FlatMapDataset": ("", "f: func", ""),
    "FilterDataset": ("", "predicate: func", ""),
    "TakeWhileDataset": ("", "predicate: func", ""),
    "InterleaveDataset": ("cycle_length: int64, block_length: int64", "f: func", ""),
    "ParallelInterleaveDatasetV2": (
        "cycle_length: int64, block_length: int64, num_parallel_calls: int64",
        "f: func",
        "sloppy: bool = false",
    ),
    "ParallelInterleaveDataset": (
        "cycle_length: int64, block_length: int64, sloppy: bool, buffer_output_elements: int64, "
        "prefetch_input_elements: int64",
        "f: func",
        "",
    ),
}

for _name, (_inputs, _function, _attrs) in _FUNCTIONS.items():
    # The captured values come before the numbers, as in TensorFlow.
    _more = f"{_inputs and ', '}{_inputs}"
    op(
        f"{_name}(input_dataset: variant, other_arguments: Targuments{_more}) -> handle: variant",
        f"{_function}; Targuments: list(type); {_attrs}{_attrs and '; '}{_OUTPUT}",
        stateful=True,
    )

op(
    "ScanDataset(input_dataset: variant, initial_state: Tstate, other_arguments: Targuments)"
    " -> handle: variant",
    "f: func; Tstate: list(type) >= 1; Targuments: list(type); "
    f"preserve_cardinality: bool = false; {_OUTPUT}",
    stateful=True,
)
op(
    "GroupByWindowDataset(input_dataset: variant, "
    "key_func_other_arguments: Tkey_func_other_arguments, "
    "reduce_func_other_arguments: Treduce_func_other_arguments, "
    "window_size_func_other_arguments: Twindow_size_func_other_arguments) -> handle: variant",
    "key_func: func; reduce_func: func; window_size_func: func; "
    "Tkey_func_other_arguments: list(type); Treduce_func_other_arguments: list(type); "
    f"Twindow_size_func_other_arguments: list(type); {_OUTPUT}",
    stateful=True,
)
op(
    "GroupByReducerDataset(input_dataset: variant, "
    "key_func_other_arguments: Tkey_func_other_arguments, "
    "init_func_other_arguments: Tinit_func_other_arguments, "
    "reduce_func_other_arguments: Treduce_func_other_arguments, "
    "finalize_func_other_arguments: Tfinalize_func_other_arguments) -> handle: variant",
    "key_func: func; init_func: func; reduce_func: func; finalize_func: func; "
    "Tkey_func_other_arguments: list(type); Tinit_func_other_arguments: list(type); "
    "Treduce_func_other_arguments: list(type); Tfinalize_func_other_arguments: list(type); "
    f"{_OUTPUT}",
    stateful=True,
)

DATASETS = (
    *_SOURCES,
    *_TRANSFORMATIONS,
    *_FUNCTIONS,
    "PaddedBatchDatasetV2",
    "ConcatenateDataset",
    "ZipDataset",
    "DirectedInterleaveDataset",
    "ScanDataset",
    "GroupByWindowDataset",
    "GroupByReducerDataset",
)


@shape(*DATASETS)
def dataset_shape() -> Dims:
    return ()


undefined_gradient(*DATASETS)


# ---- Values of datasets ----

op(
    "ReduceDataset(input_dataset: variant, initial_state: Tstate, other_arguments: Targuments)"
    " -> components: output_types",
    "f: func; Tstate: list(type) >= 1; Targuments: list(type); "
    f"{_OUTPUT}; use_inter_op_parallelism: bool = true",
    stateful=True,
)
op("DatasetToSingleElement(dataset: variant) -> components: output_types", _OUTPUT, stateful=True)
op("ExperimentalDatasetCardinality(input_dataset: variant) -> cardinality: int64", stateful=True)
op(
    "DatasetToTFRecord(input_dataset: variant, filename: string, compression_type: string)",
    stateful=True,
)


@shape("ReduceDataset", "DatasetToSingleElement")
def components_shape(output_shapes: list[Dims]) -> list[Dims]:
    return output_shapes


@shape("ExperimentalDatasetCardinality")
def cardinality_shape() -> Dims:
    return ()


@shape("DatasetToTFRecord")
def dataset_to_tf_record_shape(filename: Tensor) -> list[Dims]:
    shapes.with_rank(filename.dims, 0)
    return []


no_gradient("ReduceDataset")
undefined_gradient("DatasetToSingleElement", "DatasetToTFRecord", "ExperimentalDatasetCardinality")


# ---- Iterators ----

_NAMED = "shared_name: string; container: string"

op("IteratorV2() -> handle: resource", f"{_NAMED}; {_OUTPUT}", stateful=True)
op(
    "OneShotIterator() -> handle: resource",
    f"dataset_factory: func; {_OUTPUT}; container: string = ''; shared_name: string = ''",
    stateful=True,
)
op("MakeIterator(dataset: variant, iterator: resource)", stateful=True)
op(
    "IteratorFromStringHandleV2(string_handle: string) -> resource_handle: resource",
    "output_types: list(type) = []; output_shapes: list(shape) = []",
    stateful=True,
)
op("IteratorToStringHandle(resource_handle: resource) -> string_handle: string", stateful=True)
op("IteratorGetNext(iterator: resource) -> components: output_types", _OUTPUT, stateful=True)


@shape("IteratorV2", "OneShotIterator")
def iterator_shape() -> Dims:
    return ()


@shape("MakeIterator")
def make_iterator_shape(dataset: Tensor) -> list[Any]:
    shapes.with_rank(dataset.dims, 0)
    return []


@shape("IteratorFromStringHandleV2")
def iterator_from_string_handle_shape(string_handle: Tensor) -> Dims:
    shapes.with_rank(string_handle.dims, 0)
    return ()


@shape("IteratorToStringHandle")
def iterator_to_string_handle_shape() -> Dims:
    return ()


@shape("IteratorGetNext")
def iterator_get_next_shape(output_shapes: list[Dims]) -> list[Dims]:
    return output_shapes


undefined_gradient(
    "IteratorV2",
    "OneShotIterator",
    "MakeIterator",
    "IteratorFromStringHandleV2",
    "IteratorToStringHandle",
    "IteratorGetNext",
)
