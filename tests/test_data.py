"""`tf.data`: what pipelines give, against recordings of TensorFlow 1.15.5, and what they keep."""

from __future__ import annotations

import gc
import json
import threading
import weakref

import numpy as np
import pytest

import tfsession as tf
from tests import datasets
from tests.programs import ROOT, run_python

Dataset = tf.data.Dataset
GOLDEN = json.loads((ROOT / "tests/golden/datasets.json").read_text())


@pytest.mark.parametrize("name", datasets.PROGRAMS)
def test_as_tensorflow_does(graph, name):
    assert datasets.PROGRAMS[name](tf) == GOLDEN[name]


def test_every_program_is_recorded():
    assert set(GOLDEN) == set(datasets.PROGRAMS)


def values(session, dataset):
    """All elements of a dataset."""
    iterator = dataset.make_initializable_iterator()
    following = iterator.get_next()
    session.run(iterator.initializer)
    found = []
    while True:
        try:
            found.append(session.run(following))
        except tf.errors.OutOfRangeError:
            return found


# ---- What steps may do with elements ----


def test_elements_are_the_callers_own(session):
    iterator = Dataset.from_tensor_slices(np.zeros([2, 3])).repeat(2).make_one_shot_iterator()
    following = iterator.get_next()
    for _ in range(2):
        session.run(following)[...] = 7
    for _ in range(2):
        np.testing.assert_array_equal(session.run(following), [0, 0, 0])


def test_steps_do_not_write_into_elements(session):
    """The sum could be computed in the place of its input."""
    iterator = Dataset.from_tensors(np.ones(1000, np.float32)).repeat().make_one_shot_iterator()
    total = (iterator.get_next() + 1.0) * 2.0
    for _ in range(3):
        np.testing.assert_array_equal(session.run(total), np.full(1000, 4.0))


def test_training_reads_a_pipeline(session):
    x = np.linspace(-1, 1, 64, dtype=np.float32)
    dataset = Dataset.from_tensor_slices((x, 3 * x + 1)).shuffle(64, seed=1).repeat().batch(16)
    inputs, wanted = dataset.make_one_shot_iterator().get_next()
    w, b = tf.Variable(0.0), tf.Variable(0.0)
    loss = tf.reduce_mean((w * inputs + b - wanted) ** 2)
    train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    session.run(tf.global_variables_initializer())
    for _ in range(200):
        session.run(train)
    np.testing.assert_allclose(session.run([w, b]), [3, 1], atol=1e-3)


def test_nested_functions_capture_from_outside(session):
    factor = tf.placeholder_with_default(np.int64(10), [])
    dataset = Dataset.range(1, 3).flat_map(lambda x: Dataset.range(2).map(lambda y: x * factor + y))
    assert values(session, dataset) == [10, 11, 20, 21]


def test_variables_are_read_when_elements_are_made(session):
    v = tf.get_variable("v", initializer=1.0, use_resource=True)
    iterator = Dataset.range(3).map(lambda x: v + 0.0).make_initializable_iterator()
    following, assign = iterator.get_next(), v.assign(5.0)
    session.run([v.initializer])
    session.run(iterator.initializer)
    assert session.run(following) == 1
    session.run(assign)
    assert session.run(following) == 5


def test_effects_inside_functions_happen(session, capfd):
    def show(x):
        with tf.control_dependencies([tf.Print(x, [x], "seen ").op]):
            return tf.identity(x)

    assert values(session, Dataset.range(2).map(show)) == [0, 1]
    assert capfd.readouterr().err == "seen [0]\nseen [1]\n"


# ---- Threads ----


def test_prefetch_works_ahead(session):
    made, go_on = [], threading.Event()

    def numbers():
        for number in range(5):
            made.append(number)
            if len(made) == 3:
                go_on.set()
            yield number

    dataset = Dataset.from_generator(numbers, tf.int64, []).prefetch(2)
    following = dataset.make_one_shot_iterator().get_next()
    assert session.run(following) == 0
    assert go_on.wait(10)
    assert [session.run(following) for _ in range(4)] == [1, 2, 3, 4]


def waiting_pipeline(wrapped):
    """A dataset whose second element never comes, and what says that it is being made."""
    reached, never = threading.Event(), threading.Event()

    def numbers():
        yield 0
        reached.set()
        never.wait(20)
        yield 1

    return wrapped(Dataset.from_generator(numbers, tf.int64, [])), reached, never


@pytest.mark.parametrize("ahead", [1, 3])
def test_closing_the_session_ends_what_waits_for_an_element(graph, ahead):
    dataset, reached, never = waiting_pipeline(lambda d: d.prefetch(ahead))
    following = dataset.make_one_shot_iterator().get_next()
    session = tf.Session(graph=graph)
    session.run(following)
    errors = []

    def wait():
        try:
            session.run(following)
        except tf.errors.CancelledError as error:
            errors.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    assert reached.wait(10)
    session.close()
    thread.join(10)
    never.set()
    assert not thread.is_alive()
    assert len(errors) == 1


def test_a_run_that_takes_too_long_ends(graph):
    dataset, _, never = waiting_pipeline(lambda d: d.prefetch(1))
    following = dataset.make_one_shot_iterator().get_next()
    with tf.Session(graph=graph) as session:
        session.run(following)
        with pytest.raises(tf.errors.DeadlineExceededError):
            session.run(following, options=tf.RunOptions(timeout_in_ms=50))
        never.set()
        assert session.run(following) == 1


def test_iterators_that_are_dropped_end_their_threads(graph):
    before = threading.active_count()
    dataset = Dataset.range(1000).map(lambda x: x + 1, num_parallel_calls=2).prefetch(3)
    iterator = dataset.make_initializable_iterator()
    following = iterator.get_next()
    with tf.Session(graph=graph) as session:
        for _ in range(20):
            session.run(iterator.initializer)
            session.run(following)
    del session
    gc.collect()
    for thread in threading.enumerate():
        if thread.name.startswith("tfsession-"):
            thread.join(10)
    assert threading.active_count() <= before


def test_datasets_are_given_back_with_the_session(graph):
    """What a session kept of a pipeline goes with it."""
    array = np.zeros([8, 4])
    kept = weakref.ref(array)
    x = tf.placeholder(tf.float64, [None, 4])
    iterator = Dataset.from_tensor_slices(x).batch(2).prefetch(1).make_initializable_iterator()
    following = iterator.get_next()
    with tf.Session(graph=graph) as session:
        session.run(iterator.initializer, {x: array})
        session.run(following)
    del array, session
    gc.collect()
    assert kept() is None


# ---- Files ----


def test_cache_in_a_file(graph, tmp_path):
    calls = []

    def count(x):
        calls.append(int(x))
        return x * 2

    name = str(tmp_path / "cache")
    dataset = Dataset.range(3).map(lambda x: tf.py_func(count, [x], tf.int64)).cache(name)
    for _ in range(2):
        with tf.Session(graph=graph) as session:
            assert [int(v) for v in values(session, dataset.repeat(2))] == [0, 2, 4, 0, 2, 4]
    assert calls == [0, 1, 2]


def test_a_cache_that_is_not_finished_is_no_cache(graph, tmp_path):
    dataset = Dataset.range(3).cache(str(tmp_path / "cache"))
    iterator = dataset.make_initializable_iterator()
    following = iterator.get_next()
    with tf.Session(graph=graph) as session:
        session.run(iterator.initializer)
        session.run(following)
    assert list(tmp_path.iterdir()) == []


def test_records_are_written(session, tmp_path):
    name = str(tmp_path / "records")
    words = Dataset.from_tensor_slices(["a", "bc", ""])
    session.run(tf.data.experimental.TFRecordWriter(name).write(words))
    assert list(tf.python_io.tf_record_iterator(name)) == [b"a", b"bc", b""]
    with pytest.raises(TypeError, match="must produce scalar"):
        tf.data.experimental.TFRecordWriter(name).write(Dataset.range(3))


def test_a_damaged_record_is_an_error_and_the_next_file_is_read(session, tmp_path):
    names = [str(tmp_path / "first"), str(tmp_path / "second")]
    for name, word in zip(names, (b"first", b"second"), strict=True):
        with tf.python_io.TFRecordWriter(name) as writer:
            writer.write(word)
    content = bytearray((tmp_path / "first").read_bytes())
    content[14] ^= 1
    (tmp_path / "first").write_bytes(content)
    following = tf.data.TFRecordDataset(names).make_one_shot_iterator().get_next()
    with pytest.raises(tf.errors.DataLossError):
        session.run(following)
    assert session.run(following) == b"second"


def test_columns_of_files_become_dicts(session, tmp_path):
    (tmp_path / "a.csv").write_text("x,y,word\n1,0.5,p\n2,1.5,q\n3,2.5,r\n")
    dataset = tf.data.experimental.make_csv_dataset(
        str(tmp_path / "*.csv"), 2, label_name="word", num_epochs=1, shuffle=False
    )
    (first, words), (second, last) = values(session, dataset)
    assert first["x"].tolist() == [1, 2]
    assert first["y"].dtype == np.float32
    assert words.tolist() == [b"p", b"q"]
    assert second["x"].tolist() == [3]
    assert last.tolist() == [b"r"]
    with pytest.raises(ValueError, match="No files match"):
        tf.data.experimental.make_csv_dataset(str(tmp_path / "*.tsv"), 2)


# ---- Names ----


def test_older_names(session):
    old = tf.contrib.data
    pairs = values(session, Dataset.range(5).apply(old.batch_and_drop_remainder(2)))
    assert [pair.tolist() for pair in pairs] == [[0, 1], [2, 3]]
    windows = values(session, Dataset.range(4).apply(old.sliding_window_batch(2)))
    assert [window.tolist() for window in windows] == [[0, 1], [1, 2], [2, 3]]


def test_import_takes_no_time_for_it():
    program = "import sys, tfsession; print('tfsession.data.dataset' in sys.modules)"
    assert run_python(program) == "False\n"
