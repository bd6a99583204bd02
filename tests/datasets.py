"""Programs of `tf.data`, by name: each takes `tf` and returns what it printed, in lines.

They run under TensorFlow 1.15 too (tests/golden/record_datasets.py), so they use only what both
have. Values are shown without their container types.
"""

from __future__ import annotations

import collections
import os
import tempfile

import numpy as np

PROGRAMS = {}


def program(function):
    """Registers a program under its name."""
    PROGRAMS[function.__name__] = function
    return function


def shown(value):
    """A value as text that is the same in all releases of NumPy."""
    if isinstance(value, dict):
        return "{{{}}}".format(", ".join(f"{k}: {shown(value[k])}" for k in sorted(value)))
    if hasattr(value, "dense_shape"):
        return f"sparse{shown((value.indices, value.values, value.dense_shape))}"
    if isinstance(value, tuple):
        return "({})".format(", ".join(map(shown, value)))
    array = np.asarray(value)
    if array.dtype.kind in "OSU":
        return str(np.vectorize(_word, otypes=[object])(array).tolist())
    if array.dtype.kind == "f":
        return f"{array.dtype} {np.round(array.astype(np.float64), 5).tolist()}"
    return f"{array.dtype} {array.tolist()}"


def _word(text):
    return text.decode() if isinstance(text, bytes) else text


def elements(tf, dataset, most=40, initializers=(), feed=None):
    """The elements of a dataset, one in a line, up to an error."""
    iterator = tf.data.make_initializable_iterator(dataset)
    following = iterator.get_next()
    lines = [
        f"{text(iterator.output_types)} {text(iterator.output_shapes)}",
    ]
    with tf.Session() as session:
        for initializer in initializers:
            session.run(initializer)
        session.run(iterator.initializer, feed)
        lines.extend(drained(tf, session, following, most))
    return lines


def text(structure):
    """dtypes or shapes of a structure."""
    if isinstance(structure, dict):
        return "{{{}}}".format(", ".join(f"{k}: {text(structure[k])}" for k in sorted(structure)))
    if isinstance(structure, tuple):
        return "({})".format(", ".join(map(text, structure)))
    return getattr(structure, "name", None) or str(structure)


def drained(tf, session, following, most=40):
    """What runs of `following` give, up to an error."""
    lines = []
    for _ in range(most):
        try:
            lines.append(shown(session.run(following)))
        except tf.errors.OpError as error:
            lines.append(f"{type(error).__name__}: {first_line(error.message)}")
            if isinstance(error, tf.errors.OutOfRangeError):
                break
    return lines


def first_line(message):
    """The first line of a message, without the names of functions."""
    line = message.split("\n")[0]
    while "{{function_node" in line:
        before, _, rest = line.partition("{{function_node")
        line = before + rest.partition("}} ")[2]
    return line


def attempt(*calls):
    """What calls raise."""
    lines = []
    for call in calls:
        try:
            lines.append(text_of(call()))
        except Exception as error:
            lines.append("{}: {}".format(type(error).__name__, str(error).split("\n")[0]))
    return lines


def text_of(value):
    """A result of a call that should have failed, or did not."""
    return repr(value) if hasattr(value, "output_shapes") else "no error"


def files(*contents):
    """The names of new files with these contents."""
    folder = tempfile.mkdtemp()
    names = []
    for index, content in enumerate(contents):
        names.append(os.path.join(folder, f"file-{index}"))
        with open(names[-1], "wb") as file:
            file.write(content)
    return names


# ---- Sources ----


@program
def numbers(tf):
    D = tf.data.Dataset
    return [
        line
        for dataset in (D.range(4), D.range(2, 5), D.range(5, 0, -2), D.range(3, 3))
        for line in elements(tf, dataset)
    ]


@program
def slices_of_structures(tf):
    Pair = collections.namedtuple("Pair", ["first", "second"])
    D = tf.data.Dataset
    values = np.arange(6, dtype=np.float32).reshape(3, 2)
    return [
        line
        for dataset in (
            D.from_tensor_slices(values),
            D.from_tensor_slices((values, [1, 2, 3])),
            D.from_tensor_slices({"b": values, "a": ["x", "y", "z"]}),
            D.from_tensor_slices(Pair(values, [True, False, True])),
            D.from_tensor_slices([[1, 2], [3, 4]]),
            D.from_tensor_slices(([1, 2], {"c": ([3, 4], [5, 6])})),
            D.from_tensors((values, "word")),
            D.from_tensors({"a": 1}),
            D.from_tensors([1, 2]),
        )
        for line in elements(tf, dataset)
    ]


@program
def generators(tf):
    D = tf.data.Dataset

    def count(most=3):
        for number in range(most):
            yield number, [number] * number

    def words():
        return iter(["a", b"b", "c"])

    def wrong():
        yield 1
        yield "a"

    def other_shape():
        yield [1, 2, 3]
        yield [1, 2]

    return [
        line
        for dataset in (
            D.from_generator(count, (tf.int64, tf.int32), (tf.TensorShape([]), [None])),
            D.from_generator(count, (tf.int64, tf.int32), ([], [None]), args=([2])).take(5),
            D.from_generator(words, tf.string),
            D.from_generator(lambda: [1.5, 2.5], tf.float32, []).repeat(2),
            D.from_generator(lambda: [{"a": 1, "b": "x"}], {"a": tf.int32, "b": tf.string}),
        )
        for line in elements(tf, dataset)
    ] + [
        line.split(":")[0]
        for dataset in (
            D.from_generator(wrong, tf.int64),
            D.from_generator(other_shape, tf.int64, [3]),
        )
        for line in elements(tf, dataset, 2)
    ]


@program
def text_lines(tf):
    names = files(b"a\nbb\r\n\nd", b"", b"x\n")
    D = tf.data.TextLineDataset
    return [
        line.replace(os.path.dirname(names[0]), "DIR")
        for dataset in (
            D(names),
            D(names[0]),
            D(tf.data.Dataset.from_tensor_slices(names)),
            D(names, num_parallel_reads=2),
            D(names).skip(1).filter(lambda line: tf.not_equal(line, "")),
            D([names[0] + "-missing", names[2]]),
        )
        for line in elements(tf, dataset)
    ]


@program
def records(tf):
    (name, squeezed) = files(b"", b"")
    with tf.python_io.TFRecordWriter(name) as writer:
        for word in (b"one", b"", b"three"):
            writer.write(word)
    options = tf.python_io.TFRecordOptions(tf.python_io.TFRecordCompressionType.GZIP)
    with tf.python_io.TFRecordWriter(squeezed, options) as writer:
        writer.write(b"squeezed")
    D = tf.data.TFRecordDataset
    return [
        line
        for dataset in (
            D(name),
            D([name, name]).batch(4),
            D(squeezed, compression_type="GZIP"),
            D([name, name], num_parallel_reads=2),
        )
        for line in elements(tf, dataset)
    ]


@program
def records_of_one_length(tf):
    names = files(b"HabcdefF", b"HxyzF", b"HabcdF")
    D = tf.data.FixedLengthRecordDataset
    return [
        line.replace(os.path.dirname(names[0]), "DIR")
        for dataset in (D(names[:2], 3, 1, 1), D(names[:1], 2), D(names[2:], 3, 1, 1))
        for line in elements(tf, dataset)
    ]


@program
def comma_separated(tf):
    names = files(b'a,b,c\n1,2.5,x\n,3.5,"y, z"\n', b'a,b,c\n7,,"he said ""no"""\nq,1,w\n')
    D = tf.data.experimental.CsvDataset
    return [
        line
        for dataset in (
            D(names, [tf.int32, [0.5], ["?"]], header=True),
            D(names[0], [[9], tf.float32], header=True, select_cols=[0, 1]),
            D(names[1], [tf.string], header=False, select_cols=[2]),
        )
        for line in elements(tf, dataset, 8)
    ]


@program
def examples_of_files(tf):
    (name,) = files(b"")
    with tf.python_io.TFRecordWriter(name) as writer:
        for number in range(5):
            feature = {
                "x": tf.train.Feature(int64_list=tf.train.Int64List(value=[number])),
                "w": tf.train.Feature(
                    bytes_list=tf.train.BytesList(value=[f"w{n}".encode() for n in range(number)])
                ),
            }
            example = tf.train.Example(features=tf.train.Features(feature=feature))
            writer.write(example.SerializeToString())
    features = {"x": tf.FixedLenFeature([], tf.int64), "w": tf.VarLenFeature(tf.string)}

    def parsed(serialized):
        return tf.parse_single_example(serialized, features)

    found = tf.data.TFRecordDataset(name)
    batched = tf.data.experimental.make_batched_features_dataset(
        name, 2, features, num_epochs=1, shuffle=False
    )
    return [
        line
        for dataset in (
            found.map(parsed),
            found.map(parsed).batch(2),
            found.batch(3).map(lambda serialized: tf.parse_example(serialized, features)),
            found.map(lambda s: parsed(s)["x"]).filter(lambda x: x > 2),
            batched,
        )
        for line in elements(tf, dataset)
    ]


@program
def names_of_files(tf):
    names = files(b"", b"", b"")
    folder = os.path.dirname(names[0])
    D = tf.data.Dataset
    return [
        line.replace(folder, "DIR")
        for dataset in (
            D.list_files(folder + "/*", shuffle=False),
            D.list_files([names[2], names[0]], shuffle=False),
            D.list_files(folder + "/*", seed=3),
        )
        for line in elements(tf, dataset)
    ]


# ---- Orders ----


@program
def shuffled(tf):
    tf.set_random_seed(0)
    D = tf.data.Dataset
    pipelines = [
        D.range(10).shuffle(3, seed=1),
        D.range(10).shuffle(10, seed=1),
        D.range(10).shuffle(100, seed=1),
        D.range(5).shuffle(5, seed=1).repeat(2),
        D.range(5).shuffle(3, seed=1).repeat(2),
        D.range(5).shuffle(3, seed=1).repeat(),
        D.range(5).shuffle(5, seed=1).map(lambda x: x).repeat(2),
        D.range(5).shuffle(5, seed=1, reshuffle_each_iteration=False).repeat(2),
        D.range(5).shuffle(5, seed=1, reshuffle_each_iteration=False).map(lambda x: x).repeat(2),
        D.range(5).repeat(2).shuffle(5, seed=1),
        D.range(7).batch(2).shuffle(3, seed=4),
        D.range(7).shuffle(4, seed=4).batch(2),
        D.range(7).shuffle(4, seed=4).batch(3, drop_remainder=True).repeat(2),
        D.range(6).apply(tf.data.experimental.shuffle_and_repeat(4, 3, seed=2)),
        D.from_tensor_slices((np.arange(6), np.arange(6) * 2.0)).shuffle(6, seed=9).batch(4),
        D.range(3).shuffle(2, seed=5).concatenate(D.range(3, 6).shuffle(2, seed=5)).repeat(2),
        D.range(4).shuffle(4, seed=5).cache().repeat(2),
        D.range(4).cache().shuffle(4, seed=5).repeat(2),
        D.range(6).shuffle(6, seed=5).take(3).repeat(2),
        D.range(6).shuffle(6, seed=5).shard(2, 1),
        D.zip((D.range(5).shuffle(5, seed=1), D.range(5).shuffle(5, seed=2))),
        D.range(2).flat_map(lambda x: D.range(4).shuffle(4, seed=1)),
    ]
    return [line for dataset in pipelines for line in elements(tf, dataset, 20)]


@program
def initialised_again(tf):
    tf.set_random_seed(7)
    dataset = tf.data.Dataset.range(10).shuffle(10, seed=1)
    iterator = dataset.make_initializable_iterator()
    following = iterator.get_next()
    lines = []
    with tf.Session() as session:
        for _ in range(2):
            session.run(iterator.initializer)
            lines += drained(tf, session, following, 4)
        session.run(iterator.initializer)
        lines += drained(tf, session, following)
        lines += drained(tf, session, following)
    return lines


@program
def chosen(tf):
    D, E = tf.data.Dataset, tf.data.experimental
    pipelines = [
        D.range(9).take(3),
        D.range(3).take(-1),
        D.range(3).take(7),
        D.range(5).skip(3),
        D.range(5).skip(-1),
        D.range(5).skip(9),
        D.range(3).repeat(2),
        D.range(3).repeat(0),
        D.range(0).repeat(),
        D.range(10).shard(3, 1),
        D.range(6).filter(lambda x: tf.equal(x % 2, 0)),
        D.range(6).apply(E.take_while(lambda x: x < 3)),
        D.from_tensor_slices([3, 1, 3, 2, 1]).apply(E.unique()),
        D.from_tensor_slices(["b", "a", "b"]).apply(E.unique()),
        D.range(3).concatenate(D.range(7, 9)),
        D.range(2).cache().repeat(3),
        D.range(3).enumerate(5),
        D.range(3).apply(E.enumerate_dataset()),
        D.zip((D.range(3), D.range(5, 9))),
        D.zip({"a": D.range(2), "b": (D.range(2).map(lambda x: x * 2), D.range(3))}),
        E.choose_from_datasets(
            [D.from_tensors(x).repeat() for x in (10, 20)],
            D.from_tensor_slices(np.array([0, 1, 1, 0])),
        ),
        E.choose_from_datasets(
            [D.range(2), D.range(5, 9)], D.from_tensor_slices(np.array([0, 0, 0, 1, 1, 0, 1]))
        ),
        E.Counter(3, 2).take(3),
        E.Counter(dtype=tf.float32).take(2),
    ]
    return [line for dataset in pipelines for line in elements(tf, dataset, 12)]


@program
def sampled(tf):
    tf.set_random_seed(1)
    D, E = tf.data.Dataset, tf.data.experimental
    parts = [D.from_tensors(x).repeat() for x in (10, 20, 30)]
    return [
        line
        for dataset in (
            E.RandomDataset(4).take(4),
            E.sample_from_datasets(parts, seed=4).take(8),
            E.sample_from_datasets(parts, [0.2, 0.7, 0.1], seed=4).take(8),
            E.sample_from_datasets([D.range(2), D.range(5, 8)], [0.5, 0.5], seed=4),
        )
        for line in elements(tf, dataset, 12)
    ]


# ---- Functions ----


@program
def mapped(tf):
    D = tf.data.Dataset
    Pair = collections.namedtuple("Pair", ["first", "second"])
    pairs = D.from_tensor_slices((np.arange(3), np.arange(3) * 0.5))
    outside = tf.constant(10.0)
    pipelines = [
        D.range(3).map(lambda x: x + 1),
        D.range(3).map(lambda x: (x, tf.cast(x, tf.float32) * outside)),
        D.range(3).map(lambda x: {"a": x, "b": [x, x]}),
        D.range(3).map(lambda x: [x, x + 1]),
        D.range(3).map(lambda x: Pair(x, "word")),
        pairs.map(lambda x, y: tf.cast(x, tf.float64) + y),
        pairs.map(lambda *both: both[1]),
        D.from_tensor_slices({"a": [1, 2]}).map(lambda d: d["a"] * 2),
        D.range(3).map(lambda x: 7),
        D.range(3).map(lambda x: tf.fill([x], "s")),
        D.range(8).map(lambda x: x * x, num_parallel_calls=3),
        D.range(8).map(lambda x: x * x, num_parallel_calls=2).batch(3),
        D.range(3).map(lambda x: tf.py_func(lambda n: n * 3, [x], tf.int64)),
        D.range(3).map(lambda x: tf.cond(x > 1, lambda: x, lambda: -x)),
        D.range(3).map(lambda x: tf.while_loop(lambda i: i < 9, lambda i: i * 2 + 1, [x])),
        D.range(3).map(lambda x: tf.as_string(x)).map(lambda s: tf.string_join([s, "!"])),
        D.range(6).apply(tf.data.experimental.map_and_batch(lambda x: x * 2, 4)),
        D.range(6).apply(
            tf.data.experimental.map_and_batch(lambda x: (x, "s"), 4, drop_remainder=True)
        ),
        D.range(5).apply(tf.data.experimental.scan(np.int64(0), lambda s, x: (s + x, s * 10 + x))),
    ]
    return [line for dataset in pipelines for line in elements(tf, dataset, 12)]


@program
def random_numbers_inside(tf):
    tf.set_random_seed(3)
    D = tf.data.Dataset
    dataset = D.range(3).map(lambda x: tf.random_uniform([2], seed=5))
    iterator = dataset.make_initializable_iterator()
    following = iterator.get_next()
    lines = []
    with tf.Session() as session:
        for _ in range(2):
            session.run(iterator.initializer)
            lines += drained(tf, session, following)
    again = D.range(2).map(lambda x: tf.random_normal([], seed=8)).repeat(2)
    return lines + elements(tf, again)


@program
def datasets_of_datasets(tf):
    D, E = tf.data.Dataset, tf.data.experimental
    pipelines = [
        D.range(4).flat_map(lambda x: D.range(x)),
        D.range(4).flat_map(lambda x: D.from_tensors(x).repeat(x)),
        D.range(1, 4).interleave(lambda x: D.from_tensors(x).repeat(3), 2, 2),
        D.range(1, 4).interleave(lambda x: D.from_tensors(x).repeat(3), cycle_length=2),
        D.range(1, 6).interleave(lambda x: D.from_tensors(x).repeat(x), cycle_length=3),
        D.range(1, 6).interleave(lambda x: D.from_tensors(x).repeat(x), 4, 2),
        D.range(1, 4).interleave(lambda x: D.range(x), 2, 1, num_parallel_calls=2),
        D.range(3).apply(E.parallel_interleave(lambda x: D.from_tensors(x).repeat(2), 2)),
        D.range(7).window(3, shift=2, drop_remainder=True).flat_map(lambda w: w.batch(3)),
        D.range(7).window(3).flat_map(lambda w: w.batch(3)),
        D.range(9).window(2, 4, 2).flat_map(lambda w: w.batch(3)),
        D.range(9).window(2, 1, 3, True).flat_map(lambda w: w.batch(3)),
        D.range(8).apply(
            E.group_by_window(lambda x: x % 2, lambda k, d: d.batch(3), window_size=3)
        ),
        D.range(8).apply(
            E.group_by_window(
                lambda x: x % 3,
                lambda k, d: d.batch(9).map(lambda b: (k, b)),
                window_size_func=lambda k: k + 1,
            )
        ),
        D.range(7).apply(
            E.group_by_reducer(
                lambda x: x % 3,
                E.Reducer(lambda k: np.int64(0), lambda s, x: s + x, lambda s: s * 10),
            )
        ),
        D.range(4).batch(2).apply(E.unbatch()),
        D.from_tensors((np.arange(3), ["a", "b", "c"])).unbatch(),
    ]
    return [line for dataset in pipelines for line in elements(tf, dataset, 20)]


# ---- Batches ----


@program
def batches(tf):
    D = tf.data.Dataset
    pipelines = [
        D.range(5).batch(2),
        D.range(5).batch(2, drop_remainder=True),
        D.range(5).batch(9),
        D.from_tensor_slices((np.arange(4), ["a", "b", "c", "d"])).batch(3),
        D.range(4).batch(2).batch(2),
        D.range(3).map(lambda x: tf.fill([2], x)).batch(2),
        D.range(1, 4).map(lambda x: tf.range(x)).batch(2),
        D.range(3).repeat(2).batch(4),
    ]
    return [line for dataset in pipelines for line in elements(tf, dataset, 6)]


@program
def padded_batches(tf):
    D = tf.data.Dataset
    rows = D.range(1, 5).map(lambda x: tf.fill([x], x))
    words = D.range(1, 4).map(lambda x: (tf.fill([x, 2], "w"), x))
    pipelines = [
        rows.padded_batch(2, [None]),
        rows.padded_batch(3, [5]),
        rows.padded_batch(2, [None], padding_values=np.int64(-1)),
        rows.padded_batch(2, [-1], drop_remainder=True),
        rows.padded_batch(2, tf.constant([6], tf.int64)),
        rows.padded_batch(4, [2]),
        words.padded_batch(2, ([None, 3], [])),
        words.padded_batch(2, ([None, None], []), padding_values=("pad", np.int64(0))),
        rows.map(lambda x: {"a": x, "b": tf.size(x)}).padded_batch(3, {"a": [None], "b": []}),
        rows.map(lambda x: tf.expand_dims(tf.cast(x, tf.float32), 1)).padded_batch(2, [None, 2]),
    ]
    return [line for dataset in pipelines for line in elements(tf, dataset, 6)]


@program
def buckets(tf):
    D, E = tf.data.Dataset, tf.data.experimental
    lengths = [1, 3, 1, 4, 2, 5, 2]

    def rows():
        for number, length in enumerate(lengths):
            yield [number] * length

    dataset = D.from_generator(rows, tf.int64, [None])
    pipelines = [
        dataset.apply(E.bucket_by_sequence_length(tf.size, [3], [2, 1])),
        dataset.apply(E.bucket_by_sequence_length(tf.size, [3, 5], [2, 2, 1])),
        dataset.apply(
            E.bucket_by_sequence_length(tf.size, [3, 6], [2, 2, 1], pad_to_bucket_boundary=True)
        ),
        dataset.apply(
            E.bucket_by_sequence_length(tf.size, [4], [3, 1], padding_values=np.int64(-1))
        ),
        dataset.apply(E.dense_to_sparse_batch(3, [None])),
        dataset.apply(E.dense_to_sparse_batch(3, [6])),
    ]
    return [line for dataset in pipelines for line in elements(tf, dataset, 12)]


@program
def sparse_elements(tf):
    D = tf.data.Dataset
    sparse = tf.SparseTensor([[0, 1], [1, 0], [1, 2]], [1.0, 2.0, 3.0], [2, 3])
    of_map = D.range(3).map(lambda x: tf.SparseTensor([[x]], [x * 10], [5]))
    pipelines = [
        of_map,
        of_map.batch(2),
        of_map.batch(2).map(lambda s: tf.sparse_tensor_to_dense(s)),
        D.from_tensors(sparse),
        D.from_tensor_slices(sparse),
        D.from_tensor_slices((sparse, [7, 8])).repeat(2).batch(3),
        D.from_sparse_tensor_slices(sparse),
        of_map.filter(lambda s: tf.reduce_sum(s.values) > 0),
    ]
    return [line for dataset in pipelines for line in elements(tf, dataset, 6)]


# ---- Iterators ----


@program
def one_shot(tf):
    D = tf.data.Dataset
    following = D.range(3).map(lambda x: x * 2).batch(2).make_one_shot_iterator().get_next()
    other = D.from_tensor_slices({"a": [1, 2]}).make_one_shot_iterator().get_next()
    with tf.Session() as session:
        lines = drained(tf, session, following) + drained(tf, session, following)
        lines += drained(tf, session, other)
    with tf.Session() as session:
        return lines + drained(tf, session, following, 1)


@program
def two_calls_of_get_next(tf):
    iterator = tf.data.Dataset.range(10).make_one_shot_iterator()
    first, second = iterator.get_next(), iterator.get_next()
    with tf.Session() as session:
        one, other = session.run([first, second])
        lines = [str(sorted([int(one), int(other)]))]
        one, other = session.run([first, first])
        return [*lines, f"{one} {other}"]


@program
def reinitialisable(tf):
    D = tf.data.Dataset
    training, testing = D.range(3), D.range(10, 12).map(lambda x: x + 1)
    iterator = tf.data.Iterator.from_structure(training.output_types, training.output_shapes)
    following = iterator.get_next()
    to_training = iterator.make_initializer(training)
    to_testing = iterator.make_initializer(testing, name="to_testing")
    lines = [to_training.name, to_testing.name, following.name]
    with tf.Session() as session:
        lines += drained(tf, session, following, 1)
        for initializer in (to_training, to_testing, to_training):
            session.run(initializer)
            lines += drained(tf, session, following, 5)
    return lines


@program
def feedable(tf):
    D = tf.data.Dataset
    handle = tf.placeholder(tf.string, [])
    iterator = tf.data.Iterator.from_string_handle(handle, tf.int64, [])
    following = iterator.get_next()
    first = D.range(3).repeat().make_one_shot_iterator()
    second = D.range(10, 12).make_initializable_iterator()
    lines = []
    with tf.Session() as session:
        one = session.run(first.string_handle())
        other = session.run(second.string_handle())
        session.run(second.initializer)
        for given in (one, other, one, other, one, other):
            try:
                lines.append(str(session.run(following, {handle: given})))
            except tf.errors.OpError as error:
                lines.append(f"{type(error).__name__}: {first_line(error.message)}")
        try:
            session.run(following, {handle: "nonsense"})
        except tf.errors.OpError as error:
            lines.append(type(error).__name__)
    return lines


@program
def fed_placeholders(tf):
    x = tf.placeholder(tf.float32, [None, 2])
    size = tf.placeholder(tf.int64, [])
    dataset = tf.data.Dataset.from_tensor_slices(x).batch(size)
    return elements(tf, dataset, feed={x: np.ones([3, 2], np.float32), size: 2})


@program
def captured_variables(tf):
    v = tf.get_variable("v", initializer=2.0, use_resource=True)
    keys = tf.constant(["a", "b"])
    values = tf.constant([0, 1], tf.int64)
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, values), -1)
    D = tf.data.Dataset
    lines = elements(
        tf, D.range(3).map(lambda x: tf.cast(x, tf.float32) * v), initializers=[v.initializer]
    )
    lines += elements(
        tf,
        D.from_tensor_slices(["b", "a", "c"]).map(table.lookup),
        initializers=[tf.tables_initializer()],
    )
    return lines


@program
def before_initialisation(tf):
    iterator = tf.data.Dataset.range(2).make_initializable_iterator()
    following = iterator.get_next()
    with tf.Session() as session:
        lines = drained(tf, session, following, 1)
        session.run(iterator.initializer)
        return lines + drained(tf, session, following)


@program
def errors_inside(tf):
    D, E = tf.data.Dataset, tf.data.experimental
    failing = D.from_tensor_slices([1.0, 0.0, 2.0]).map(lambda x: tf.check_numerics(1.0 / x, "bad"))
    pipelines = [
        failing,
        failing.apply(E.ignore_errors()),
        failing.batch(2),
        failing.apply(E.ignore_errors()).batch(2),
        failing.prefetch(2),
        failing.repeat(2).apply(E.ignore_errors()),
        D.from_tensor_slices([1.0, 0.0, 2.0]).map(
            lambda x: tf.check_numerics(1.0 / x, "bad"), num_parallel_calls=2
        ),
        D.range(3).batch(0),
        D.range(3).shuffle(0),
        D.range(3).shard(0, 0),
        D.range(3).shard(2, 5),
        D.range(3).window(0),
    ]
    lines = []
    for dataset in pipelines:
        try:
            lines += elements(tf, dataset, 5)
        except tf.errors.OpError as error:
            lines.append(f"{type(error).__name__}: {first_line(error.message)}")
    return lines


@program
def values_of_datasets(tf):
    D, E = tf.data.Dataset, tf.data.experimental
    fetches = [
        D.range(5).reduce(np.int64(0), lambda s, x: s + x),
        D.range(3).reduce((np.int64(0), 1.0), lambda s, x: (s[0] + x, s[1] * 2.0)),
        E.get_single_element(D.from_tensors((1, "a"))),
        E.cardinality(D.range(7).batch(2)),
        E.cardinality(D.range(7).batch(2, drop_remainder=True)),
        E.cardinality(D.range(7).repeat()),
        E.cardinality(D.range(7).filter(lambda x: x > 1)),
        E.cardinality(D.range(7).skip(2).take(3).repeat(2).concatenate(D.range(2))),
        E.cardinality(D.zip((D.range(3), D.range(9).repeat()))),
    ]
    with tf.Session() as session:
        lines = [shown(session.run(fetch)) for fetch in fetches]
        for dataset in (D.range(0), D.range(2)):
            try:
                session.run(E.get_single_element(dataset))
            except tf.errors.OpError as error:
                lines.append(f"{type(error).__name__}: {first_line(error.message)}")
    return lines


# ---- What is refused while building ----


@program
def refused(tf):
    D, E = tf.data.Dataset, tf.data.experimental
    v = tf.Variable(1)
    x = tf.placeholder(tf.int64, [None])
    iterator = tf.data.Iterator.from_structure(tf.int64, [2])
    return attempt(
        lambda: D.range(5).map(lambda x: None),
        lambda: D.range(5).map(3),
        lambda: D.range(5).filter(lambda x: tf.stack([x > 1, x > 2])),
        lambda: D.range(5).padded_batch(2, [3]),
        lambda: D.from_tensors([1, 2]).padded_batch(2, [1]),
        lambda: D.range(5).padded_batch(2, [], padding_values="a"),
        lambda: D.range(5).concatenate(D.from_tensors(1.0)),
        lambda: D.zip([D.range(3)]),
        lambda: D.zip(3),
        lambda: D.range(),
        lambda: D.range(1, 2, 3, 4),
        lambda: D.range(5).apply(3),
        lambda: D.range(5).apply(lambda d: 3),
        lambda: iter(D.range(5)),
        lambda: D.from_generator(3, tf.int64),
        lambda: D.from_tensor_slices(([1], [1, 2])),
        lambda: D.from_tensor_slices(3),
        lambda: iterator.make_initializer(D.from_tensors([1.0, 2.0])),
        lambda: iterator.make_initializer(D.range(3)),
        lambda: iterator.initializer,
        lambda: D.from_tensor_slices(x).make_one_shot_iterator(),
        lambda: D.range(3).map(lambda x: tf.cast(x, tf.int32) + v).make_one_shot_iterator(),
        lambda: D.range(5).apply(E.group_by_window(lambda x: x, lambda k, d: d)),
        lambda: D.range(5).apply(E.bucket_by_sequence_length(tf.size, [3], [2])),
        lambda: E.get_single_element(3),
        lambda: D.range(5).reduce(np.int64(0), lambda s, x: 1.0),
        lambda: E.choose_from_datasets([D.range(2)], D.from_tensors(1.0)),
    )


@program
def representations(tf):
    D = tf.data.Dataset
    datasets = [
        D.range(5),
        D.range(5).map(lambda x: {"a": x, "b": (x, [x, x])}),
        D.from_tensor_slices((np.zeros([2, 3]), ["a", "b"])).batch(2),
        D.range(5).map(lambda x: tf.SparseTensor([[x]], [1.0], [5])).batch(2),
        D.from_generator(lambda: [1], tf.int64),
        D.range(3).repeat().prefetch(1),
    ]
    lines = [repr(dataset) for dataset in datasets]
    lines += [str(dataset.output_shapes) for dataset in datasets]
    return lines + [str(text(dataset.output_types)) for dataset in datasets]


@program
def operations_in_the_graph(tf):
    """Default seeds count them."""
    D, E = tf.data.Dataset, tf.data.experimental
    sparse = tf.SparseTensor([[0, 1]], [1.0], [2, 3])
    outside = tf.constant(2.0)
    seeded = D.from_tensor_slices((np.arange(6), {"a": np.ones([6, 2])})).shuffle(3, seed=1)
    mapped = seeded.map(lambda x, y: (x + 1, tf.cast(y["a"], tf.float32) * outside))
    iterator = mapped.repeat(2).batch(2).prefetch(1).make_initializable_iterator()
    iterator.get_next()
    iterator.get_next(name="named")
    iterator.string_handle("text")
    D.range(3).shuffle(2).make_one_shot_iterator().get_next()
    other = tf.data.Iterator.from_structure(tf.int64, [])
    other.make_initializer(D.range(3).filter(lambda x: x > 1).take(2).skip(1).cache())
    D.zip((D.range(3), D.range(2).enumerate())).concatenate(
        D.zip((D.range(3), D.range(2).enumerate()))
    )
    D.range(3).flat_map(lambda x: D.range(x)).interleave(lambda x: D.from_tensors(x), 2)
    D.range(3).map(lambda x: x, num_parallel_calls=2).padded_batch(2, []).unbatch()
    D.range(9).shard(3, 1).window(2, 1, 2, True)
    D.range(9).apply(E.shuffle_and_repeat(3, 2)).apply(E.map_and_batch(lambda x: x, 3))
    D.range(9).apply(E.group_by_window(lambda x: x % 2, lambda k, d: d.batch(3), 3))
    D.range(9).apply(E.scan(np.int64(0), lambda s, x: (s + x, s))).apply(E.ignore_errors())
    D.from_tensors(sparse).batch(2)
    D.from_tensor_slices(sparse)
    tf.data.TextLineDataset(["a", "b"])
    tf.data.TFRecordDataset("a", num_parallel_reads=2)
    tf.data.FixedLengthRecordDataset(["a"], 3)
    D.range(5).reduce(np.int64(0), lambda s, x: s + x)
    E.get_single_element(D.range(1))
    return [f"{op.name} {op.type}" for op in tf.get_default_graph().get_operations()]
