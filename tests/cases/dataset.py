"""Records of the ops of `tf.data`; tests/datasets.py has more of what they do, by TensorFlow."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.record import Case, normal

ANY = ("float32", "int64")


def whole(tf: Any, dataset: Any) -> Any:
    """All elements as one."""
    return tf.data.experimental.get_single_element(dataset.batch(100))


def slices(tf: Any, x: Any) -> Any:
    """The dataset of the rows of `x`."""
    return tf.data.Dataset.from_tensor_slices(x)


def case(
    op: str, make: Callable[[Any, Any], Any], expected: Callable[..., Any], variant: str = ""
) -> Case:
    """A record of a dataset of the rows of a matrix [6, 2]; all its elements are the result."""
    return Case(
        op,
        variant,
        lambda tf, x: whole(tf, make(tf, slices(tf, x))),
        normal((6, 2)),
        ANY,
        expected,
        gradient=False,
        golden=False,
    )


def applied(name: str, *args: Any, **kwargs: Any) -> Callable[[Any, Any], Any]:
    """A transformation of `tf.data.experimental`."""
    return lambda tf, rows: rows.apply(getattr(tf.data.experimental, name)(*args, **kwargs))


def value(op: str, build: Callable[..., Any], expected: Callable[..., Any]) -> Case:
    """A record of what is no dataset."""
    return Case(
        op, "", build, normal((6, 2)), ANY, expected, gradient=False, golden=False, unknown=False
    )


def file_of(content: bytes) -> str:
    """The name of a new file."""
    handle, name = tempfile.mkstemp()
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return name


def of_file(op: str, content: bytes, make: Callable[[Any, str], Any], result: list[Any]) -> Case:
    """A record of a dataset of one file; it takes no notice of its input."""

    def build(tf: Any, x: Any) -> Any:
        return whole(tf, make(tf, file_of(content)))

    def expected(x: Any) -> Any:
        kind = object if isinstance(result[0], bytes) else np.int32
        return np.array(result, kind)

    return value(op, build, expected)


def interleaved(tf: Any, rows: Any) -> Any:
    """Each row twice, of two rows in turn."""
    return rows.interleave(lambda row: tf.data.Dataset.from_tensors(row).repeat(2), 2)


def interleaved_in_parallel(tf: Any, rows: Any) -> Any:
    """The same with calls at the same time."""
    return rows.interleave(
        lambda row: tf.data.Dataset.from_tensors(row).repeat(2), 2, num_parallel_calls=2
    )


def in_turn(x: Any) -> Any:
    """The rows as `interleaved` gives them."""
    return x[[0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5]]


def by_sign(tf: Any, rows: Any) -> Any:
    """The rows in pairs; all have one key."""
    return rows.apply(
        tf.data.experimental.group_by_window(
            lambda row: tf.constant(0, tf.int64), lambda key, group: group.batch(2), 2
        )
    )


def summed_by_key(tf: Any, rows: Any) -> Any:
    """The sum of all rows, which have one key."""
    zero = tf.zeros([2], rows.output_types)
    reducer = tf.data.experimental.Reducer(lambda key: zero, lambda s, row: s + row, lambda s: s)
    return rows.apply(
        tf.data.experimental.group_by_reducer(lambda row: tf.constant(0, tf.int64), reducer)
    )


def directed(tf: Any, rows: Any) -> Any:
    """Rows of two halves in turn."""
    numbers = tf.data.Dataset.range(2).repeat()
    return tf.data.experimental.choose_from_datasets([rows.take(3), rows.skip(3)], numbers)


def sparse_rows(tf: Any, x: Any) -> Any:
    """The values of each row of a sparse matrix."""
    given = tf.SparseTensor([[0, 0], [2, 1]], x[0], [3, 2])
    rows = tf.data.Dataset.from_sparse_tensor_slices(given)
    return whole(tf, rows.map(lambda indices, values, shape: tf.reduce_sum(values)))


def generated(tf: Any, x: Any) -> Any:
    """Two numbers from Python."""
    return whole(tf, tf.data.Dataset.from_generator(lambda: iter([3, 4]), tf.int32, []))


def dense_to_sparse(tf: Any, x: Any) -> Any:
    """The values of a sparse batch."""
    rows = slices(tf, x).apply(tf.data.experimental.dense_to_sparse_batch(6, [2]))
    return tf.data.experimental.get_single_element(rows).values


def initialised(tf: Any, x: Any) -> Any:
    """The first row, in the step that initialises the iterator."""
    iterator = slices(tf, x).make_initializable_iterator()
    with tf.control_dependencies([iterator.initializer]):
        return iterator.get_next()


def one_shot(tf: Any, x: Any) -> Any:
    """The first element of an iterator that initialises itself."""
    return tf.data.Dataset.range(4, 9).make_one_shot_iterator().get_next()


def by_handle(tf: Any, x: Any) -> Any:
    """The first element of an iterator that is known by its text."""
    handle = tf.data.Dataset.range(4, 9).make_one_shot_iterator().string_handle()
    return tf.data.Iterator.from_string_handle(handle, tf.int64, []).get_next()


def written(tf: Any, x: Any) -> Any:
    """What has been written to a file."""
    name = file_of(b"")
    words = tf.data.Dataset.from_tensor_slices(["a", "bc"])
    with tf.control_dependencies([tf.data.experimental.TFRecordWriter(name).write(words)]):
        return tf.size(tf.read_file(name))


def reduced(tf: Any, x: Any) -> Any:
    """The sum of the rows."""
    return slices(tf, x).reduce(tf.zeros([2], x.dtype), lambda state, row: state + row)


def optimised(op: str, **attrs: Any) -> Callable[[Any, Any], Any]:
    """A dataset through an op that leaves it as it is."""

    def make(tf: Any, rows: Any) -> Any:
        shapes = {"output_types": [rows.output_types], "output_shapes": [[2]]}
        inputs = {"input_dataset": rows._variant_tensor, **attrs}
        handle = getattr(tf.raw_ops, op)(**inputs, **shapes)
        return type(rows)(handle, rows.element_spec)

    return make


def sampled(tf: Any, x: Any) -> Any:
    """Classes of which one is certain."""
    logits = tf.constant([[-1e9, 0.0, -1e9]])
    return tf.raw_ops.StatelessMultinomial(logits=logits, num_samples=4, seed=[1, 2])


def deserialized(tf: Any, x: Any) -> Any:
    """The values of a sparse tensor that went through texts."""
    text = tf.serialize_sparse(tf.SparseTensor([[0], [3]], x[0], [5]))
    return tf.raw_ops.DeserializeSparse(serialized_sparse=text, dtype=x.dtype)[1]


def unshuffled(x: Any) -> Any:
    """A shuffle of one element at a time changes nothing."""
    return x


CASES = [
    value(
        "TensorDataset",
        lambda tf, x: whole(tf, tf.data.Dataset.from_tensors(x)),
        lambda x: x[None],
    ),
    case("TensorSliceDataset", lambda tf, rows: rows, lambda x: x),
    value("SparseTensorSliceDataset", sparse_rows, lambda x: np.array([x[0, 0], 0, x[0, 1]])),
    value(
        "RangeDataset",
        lambda tf, x: whole(tf, tf.data.Dataset.range(2, 9, 3)),
        lambda x: np.array([2, 5, 8], np.int64),
    ),
    value(
        "RandomDataset",
        lambda tf, x: tf.shape(whole(tf, tf.data.experimental.RandomDataset(3).take(4))),
        lambda x: np.array([4], np.int32),
    ),
    value("PythonGeneratorDataset", generated, lambda x: np.array([3, 4], np.int32)),
    of_file(
        "TextLineDataset", b"a\nbc\n", lambda tf, name: tf.data.TextLineDataset(name), [b"a", b"bc"]
    ),
    of_file(
        "FixedLengthRecordDatasetV2",
        b"abcd",
        lambda tf, name: tf.data.FixedLengthRecordDataset(name, 2),
        [b"ab", b"cd"],
    ),
    of_file(
        "TFRecordDataset",
        bytes.fromhex("0100000000000000ab2bdd3461d1b3d5e2a2"),
        lambda tf, name: (
            tf.data.TFRecordDataset(name)
            .apply(tf.data.experimental.ignore_errors())
            .concatenate(tf.data.Dataset.from_tensors("behind"))
        ),
        [b"behind"],
    ),
    of_file(
        "CSVDataset",
        b"1\n2\n",
        lambda tf, name: tf.data.experimental.CsvDataset(name, [tf.int32]).map(lambda n: n),
        [1, 2],
    ),
    case("RepeatDataset", lambda tf, rows: rows.repeat(2), lambda x: np.concatenate([x, x])),
    case("TakeDataset", lambda tf, rows: rows.take(2), lambda x: x[:2]),
    case("SkipDataset", lambda tf, rows: rows.skip(2), lambda x: x[2:]),
    case("ShardDataset", lambda tf, rows: rows.shard(3, 1), lambda x: x[1::3]),
    case("ShuffleDataset", lambda tf, rows: rows.shuffle(1), unshuffled),
    case(
        "ShuffleAndRepeatDataset",
        applied("shuffle_and_repeat", 1, 2),
        lambda x: np.concatenate([x, x]),
    ),
    case("CacheDataset", lambda tf, rows: rows.cache(), lambda x: x),
    case("BatchDatasetV2", lambda tf, rows: rows.batch(3), lambda x: x.reshape(2, 3, 2)),
    case(
        "PaddedBatchDatasetV2",
        lambda tf, rows: rows.padded_batch(3, [3]),
        lambda x: np.pad(x, [(0, 0), (0, 1)]).reshape(2, 3, 3),
    ),
    value("DenseToSparseBatchDataset", dense_to_sparse, lambda x: x.ravel()),
    case("PrefetchDataset", lambda tf, rows: rows.prefetch(2), lambda x: x),
    case(
        "WindowDataset",
        lambda tf, rows: rows.window(2).flat_map(lambda window: window.batch(2)),
        lambda x: x.reshape(3, 2, 2),
    ),
    case("UnbatchDataset", lambda tf, rows: rows.batch(4).unbatch(), lambda x: x),
    case("IgnoreErrorsDataset", applied("ignore_errors"), lambda x: x),
    value(
        "UniqueDataset",
        lambda tf, x: whole(tf, slices(tf, [3, 1, 3]).apply(tf.data.experimental.unique())),
        lambda x: np.array([3, 1], np.int32),
    ),
    case("OptimizeDataset", optimised("OptimizeDataset", optimizations=[""]), lambda x: x),
    case("ModelDataset", optimised("ModelDataset"), lambda x: x),
    case(
        "ConcatenateDataset",
        lambda tf, rows: rows.concatenate(rows.take(1)),
        lambda x: np.concatenate([x, x[:1]]),
    ),
    case(
        "ZipDataset",
        lambda tf, rows: tf.data.Dataset.zip((rows, rows.skip(1))).map(lambda a, b: a - b),
        lambda x: x[:-1] - x[1:],
    ),
    case("DirectedInterleaveDataset", directed, lambda x: x[[0, 3, 1, 4, 2, 5]]),
    case("MapDataset", lambda tf, rows: rows.map(lambda row: row * 2), lambda x: x * 2),
    case(
        "ParallelMapDataset",
        lambda tf, rows: rows.map(lambda row: row * 2, num_parallel_calls=2),
        lambda x: x * 2,
    ),
    case(
        "MapAndBatchDataset",
        applied("map_and_batch", lambda row: row * 2, 3),
        lambda x: x.reshape(2, 3, 2) * 2,
    ),
    case(
        "FlatMapDataset",
        lambda tf, rows: rows.flat_map(lambda row: tf.data.Dataset.from_tensor_slices(row)),
        lambda x: x.ravel(),
    ),
    case(
        "FilterDataset",
        lambda tf, rows: rows.concatenate(rows).filter(lambda row: row[0] > 0),
        lambda x: np.concatenate([x, x])[np.concatenate([x, x])[:, 0] > 0],
    ),
    case(
        "TakeWhileDataset",
        lambda tf, rows: (
            rows.enumerate()
            .apply(tf.data.experimental.take_while(lambda number, row: number < 2))
            .map(lambda number, row: row)
        ),
        lambda x: x[:2],
    ),
    case("InterleaveDataset", interleaved, in_turn),
    case("ParallelInterleaveDatasetV2", interleaved_in_parallel, in_turn),
    case(
        "ParallelInterleaveDataset",
        lambda tf, rows: rows.apply(
            tf.data.experimental.parallel_interleave(
                lambda row: tf.data.Dataset.from_tensors(row).repeat(2), 2
            )
        ),
        in_turn,
    ),
    case(
        "ScanDataset",
        lambda tf, rows: rows.apply(
            tf.data.experimental.scan(
                tf.zeros([2], rows.output_types), lambda s, row: (s + row, s + row)
            )
        ),
        lambda x: np.cumsum(x, 0, dtype=x.dtype),
    ),
    case("GroupByWindowDataset", by_sign, lambda x: x.reshape(3, 2, 2)),
    case("GroupByReducerDataset", summed_by_key, lambda x: np.cumsum(x, 0, dtype=x.dtype)[-1:]),
    value("ReduceDataset", reduced, lambda x: np.cumsum(x, 0, dtype=x.dtype)[-1]),
    value("DatasetToSingleElement", lambda tf, x: whole(tf, slices(tf, x)), lambda x: x),
    value(
        "ExperimentalDatasetCardinality",
        lambda tf, x: tf.data.experimental.cardinality(slices(tf, x)),
        lambda x: np.int64(6),
    ),
    value("DatasetToTFRecord", written, lambda x: np.int32(1)),
    value("IteratorV2", initialised, lambda x: x[0]),
    value("MakeIterator", initialised, lambda x: x[0]),
    value("IteratorGetNext", one_shot, lambda x: np.int64(4)),
    value("OneShotIterator", one_shot, lambda x: np.int64(4)),
    value("IteratorToStringHandle", by_handle, lambda x: np.int64(4)),
    value("IteratorFromStringHandleV2", by_handle, lambda x: np.int64(4)),
    value("StatelessMultinomial", sampled, lambda x: np.ones([1, 4], np.int64)),
    value("DeserializeSparse", deserialized, lambda x: x[0]),
]
