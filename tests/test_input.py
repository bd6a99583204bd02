"""Input pipelines: producers and batches, with TensorFlow's names."""

from __future__ import annotations

import numpy as np
import pytest

import tfsession as tf
from tfsession import errors
from tfsession.train.coordinator import Coordinator
from tfsession.train.queue_runner import start_queue_runners


def all_values(session, fetch):
    """What a pipeline gives until its end."""
    session.run(tf.local_variables_initializer())
    coord, values = Coordinator(), []
    threads = start_queue_runners(session, coord)
    try:
        while True:
            values.append(session.run(fetch))
    except errors.OutOfRangeError:
        coord.request_stop()
    coord.join(threads)
    return values


def lists(values):
    return [value.tolist() for value in values]


# ---- Producers ----


def test_strings_are_produced_in_epochs(session):
    queue = tf.train.string_input_producer(["a", "b"], num_epochs=2, shuffle=False)
    assert all_values(session, queue.dequeue()) == [b"a", b"b"] * 2


def test_shuffling_keeps_each_epoch_whole(session):
    queue = tf.train.range_input_producer(5, num_epochs=2, seed=1)
    values = [int(value) for value in all_values(session, queue.dequeue())]
    assert sorted(values[:5]) == sorted(values[5:]) == list(range(5))


def test_slices(session):
    row = tf.train.slice_input_producer([[1, 2, 3], ["a", "b", "c"]], num_epochs=1, shuffle=False)
    assert all_values(session, row) == [[1, b"a"], [2, b"b"], [3, b"c"]]


def test_names_of_a_producer(session):
    queue = tf.train.string_input_producer(["a", "b"], num_epochs=1, shuffle=False, name="sip")
    assert queue.queue_ref.op.name == "sip"
    assert queue.queue_ref.op.type == "FIFOQueueV2"
    assert queue.queue_ref.op.get_attr("capacity") == 32
    names = {op.name for op in session.graph.get_operations()}
    assert names >= {
        *("sip/sip_EnqueueMany", "sip/sip_Close", "sip/sip_Close_1", "sip/sip_Size"),
        *("sip/limit_epochs/epochs", "sip/limit_epochs/CountUpTo", "sip/Assert/Assert"),
    }
    assert [v.name for v in tf.local_variables()] == ["sip/limit_epochs/epochs:0"]


def test_a_variable_that_was_not_initialized_ends_the_pipeline(session):
    queue = tf.train.string_input_producer(["a"], num_epochs=1, name="sip")
    coord = Coordinator()
    threads = start_queue_runners(session, coord)
    with pytest.raises(errors.OutOfRangeError):
        session.run(queue.dequeue())
    with pytest.raises(errors.FailedPreconditionError) as caught:
        coord.join(threads)
    assert caught.value.message.startswith(
        "Attempting to use uninitialized value sip/limit_epochs/epochs"
    )


def test_empty_producers(session):
    with pytest.raises(ValueError, match="string_input_producer requires a non-null input tensor"):
        tf.train.string_input_producer([])
    with pytest.raises(ValueError, match="Expected at least one tensor in slice_input_producer"):
        tf.train.slice_input_producer([])
    strings = tf.placeholder_with_default(tf.constant([], tf.string), [None])
    queue = tf.train.string_input_producer(strings, shuffle=False)
    coord = Coordinator()
    start_queue_runners(session, coord)
    with pytest.raises(errors.OutOfRangeError):
        session.run(queue.dequeue())
    with pytest.raises(errors.InvalidArgumentError, match="requires a non-null input tensor"):
        coord.join()


def test_rows_of_unknown_shape_need_an_element_shape(session):
    unknown = tf.placeholder(tf.float32)
    with pytest.raises(ValueError, match="Either `input_tensor` must have a fully defined shape"):
        tf.train.input_producer(unknown)
    assert tf.train.input_producer(unknown, [2], name="ip").shapes[0].as_list() == [2]


def test_limit_epochs(session):
    limited = tf.train.limit_epochs(tf.constant(5), 2)
    session.run(tf.local_variables_initializer())
    assert [session.run(limited) for _ in range(2)] == [5, 5]
    with pytest.raises(errors.OutOfRangeError, match="Reached limit of 2"):
        session.run(limited)
    with pytest.raises(ValueError, match="num_epochs must be > 0 not 0"):
        tf.train.limit_epochs(tf.constant(5), 0)


def test_match_filenames_once(session, tmp_path):
    (tmp_path / "a.txt").write_text("a")
    names = tf.train.match_filenames_once(str(tmp_path / "*.txt"))
    session.run(tf.local_variables_initializer())
    (tmp_path / "b.txt").write_text("b")
    assert session.run(names).tolist() == [str(tmp_path / "a.txt").encode()]
    assert names.name == "matching_filenames:0"


# ---- Batches ----


def counted(limit, name="numbers"):
    return tf.train.range_input_producer(limit, 1, shuffle=False, name=name).dequeue()


def test_batches_are_in_order_and_the_rest_is_dropped(session):
    number = counted(5)
    values = all_values(session, tf.train.batch([number, 2 * number], 2))
    assert [lists(pair) for pair in values] == [[[0, 1], [0, 2]], [[2, 3], [4, 6]]]


def test_the_last_batch_may_be_smaller(session):
    batch = tf.train.batch([counted(5)], 2, allow_smaller_final_batch=True)
    assert batch.shape.as_list() == [None]
    assert lists(all_values(session, batch)) == [[0, 1], [2, 3], [4]]


def test_dicts_stay_dicts(session):
    number = counted(2)
    batch = tf.train.batch({"b": number, "a": -number}, 2)
    assert {key: value.tolist() for key, value in all_values(session, batch)[0].items()} == {
        "a": [0, -1],
        "b": [0, 1],
    }
    assert list(tf.train.batch({"x": number}, 2)) == ["x"]


def test_batches_of_batches(session):
    batch = tf.train.batch([counted(2)[None] + [0, 10, 20]], 3, enqueue_many=True)
    assert lists(all_values(session, batch)) == [[0, 10, 20], [1, 11, 21]]


def test_padding(session):
    batch = tf.train.batch([tf.range(counted(3))], 3, dynamic_pad=True)
    assert lists(all_values(session, batch)) == [[[0, 0], [0, 0], [0, 1]]]
    with pytest.raises(ValueError, match="All shapes must be fully defined"):
        tf.train.batch([tf.placeholder(tf.float32, [None])], 3)


def test_joined_batches_have_all_elements(session):
    parts = [[counted(4, "one")], [counted(4, "two") + 100]]
    values = np.concatenate(all_values(session, tf.train.batch_join(parts, 4)))
    assert sorted(values.tolist()) == [0, 1, 2, 3, 100, 101, 102, 103]


def test_joined_batches_have_the_shape_of_the_first_list():
    parts = [[tf.placeholder(tf.int64, [None])], [tf.constant([1, 2, 3], tf.int64)]]
    assert tf.train.batch_join(parts, 5, dynamic_pad=True).shape.as_list() == [5, None]
    assert tf.train.batch_join(parts[::-1], 5, dynamic_pad=True).shape.as_list() == [5, 3]


def test_elements_may_be_left_out(session):
    batch = tf.train.maybe_batch([counted(3)[None] + [0, 10]], [True, False], 3, enqueue_many=True)
    assert lists(all_values(session, batch)) == [[0, 1, 2]]


def test_shuffled_batches_have_all_elements(session):
    batch = tf.train.shuffle_batch([counted(8)], 4, 8, 2, seed=3, allow_smaller_final_batch=True)
    values = np.concatenate(all_values(session, batch)).tolist()
    assert sorted(values) == list(range(8))


def test_shuffled_joined_batches_have_all_elements(session):
    parts = [[counted(3, "one")], [counted(3, "two") + 10]]
    values = np.concatenate(all_values(session, tf.train.shuffle_batch_join(parts, 3, 6, 2)))
    assert sorted(values.tolist()) == [0, 1, 2, 10, 11, 12]


def test_names_of_batches(session):
    batch = tf.train.batch([tf.constant(1.0), tf.constant([2, 3])], 4, name="B")
    assert [t.name for t in batch] == ["B:0", "B:1"]
    assert [t.shape.as_list() for t in batch] == [[4], [4, 2]]
    shuffled = tf.train.shuffle_batch([tf.constant(1.0)], 4, 10, 3, name="SB")
    assert shuffled.op.inputs[0].name == "SB/random_shuffle_queue:0"
    assert batch[0].op.inputs[0].name == "B/fifo_queue:0"


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: tf.train.batch([], 4), r"Expected at least one tensor in batch\(\)"),
        (lambda: tf.train.batch_join([], 4), "Expected at least one set of tensors"),
        (
            lambda: tf.train.batch_join([{"a": tf.constant(1)}, {"b": tf.constant(1)}], 4),
            "All dictionaries in tensors_list must have the same keys",
        ),
        (
            lambda: tf.train.shuffle_batch([tf.constant(1)], 4, 3, 3),
            "capacity 3 must be bigger than min_after_dequeue 3",
        ),
        (
            lambda: tf.train.maybe_batch([tf.constant([1])], [True], 4),
            "`keep_input` cannot be a vector when `enqueue_many=False`",
        ),
    ],
)
def test_mistakes(session, make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_joined_types_must_agree(session):
    with pytest.raises(TypeError, match=r"types to be consistent: float32 vs\. int32"):
        tf.train.batch_join([[tf.constant(1.0)], [tf.constant(2)]], 4)


# ---- Sparse tensors ----


def number_and_sparse(rows=4):
    """A number and the sparse tensor [number, -number], for `rows` numbers."""
    number = tf.train.range_input_producer(rows, num_epochs=1, shuffle=False).dequeue()
    values = tf.stack([number, -number])
    return number, tf.SparseTensor([[0], [2]], tf.cast(values, tf.float32), [3])


def test_batches_of_sparse_tensors(session):
    number, sparse = number_and_sparse()
    batch = tf.train.batch({"n": number, "s": sparse}, 2)
    assert batch["s"].shape.as_list() == [None, None]
    found = all_values(session, batch)
    assert [values["n"].tolist() for values in found] == [[0, 1], [2, 3]]
    assert found[1]["s"].indices.tolist() == [[0, 0], [0, 2], [1, 0], [1, 2]]
    assert found[1]["s"].values.tolist() == [2, -2, 3, -3]
    assert found[1]["s"].dense_shape.tolist() == [2, 3]


def test_batches_of_rows_of_sparse_tensors(session):
    _, sparse = number_and_sparse()
    rows = tf.SparseTensor([[0, 1], [1, 0]], sparse.values, [2, 3])
    batch = tf.train.batch([rows], 2, enqueue_many=True, shapes=[[3]])
    found = all_values(session, batch)
    assert [values.dense_shape.tolist() for values in found] == [[2, 3]] * 4
    assert found[1].values.tolist() == [1, -1]


def test_shuffled_batches_of_sparse_tensors(session):
    number, sparse = number_and_sparse()
    batch = tf.train.shuffle_batch([number, sparse], 2, capacity=8, min_after_dequeue=2, seed=1)
    for numbers, parts in all_values(session, batch):
        assert parts.values.tolist() == [x for n in numbers.tolist() for x in (n, -n)]


def test_sparse_in_one_list_only(session):
    _, sparse = number_and_sparse()
    with pytest.raises(ValueError, match="Inconsistent sparse and dense"):
        tf.train.batch_join([[sparse], [tf.constant("a")]], 2, shapes=[[3]])
    floats = tf.SparseTensor([[0]], [1.0], [3])
    numbers = tf.SparseTensor([[0]], [1], [3])
    with pytest.raises(TypeError, match=r"consistent: float32 vs\. int32"):
        tf.train.batch_join([[floats], [numbers]], 2)


# ---- Files that are not there ----


@pytest.mark.parametrize("num_threads", [1, 3])
def test_the_end_of_a_pipeline_tells_what_ended_it(session, tmp_path, num_threads):
    names = tf.train.string_input_producer([str(tmp_path / "absent.txt")])
    _, line = tf.TextLineReader().read(names)
    batch = tf.train.batch([line], 2, num_threads=num_threads)
    coord = Coordinator()
    threads = start_queue_runners(session, coord)
    with pytest.raises(errors.OutOfRangeError, match="closed and has insufficient") as caught:
        session.run(batch)
    reason, _ = caught.value.__notes__
    assert reason.startswith("the queue runner closed the queue after NotFoundError: ")
    assert reason.endswith("absent.txt; No such file or directory (operation 'ReaderReadV2')")
    with pytest.raises(errors.NotFoundError, match=r"absent\.txt"):
        coord.join(threads)


def test_the_ordinary_end_of_a_pipeline_has_no_other_reason(session):
    queue = tf.train.range_input_producer(1, num_epochs=1)
    session.run(tf.local_variables_initializer())
    coord = Coordinator()
    threads = start_queue_runners(session, coord)
    session.run(queue.dequeue())
    with pytest.raises(errors.OutOfRangeError) as caught:
        session.run(queue.dequeue(name="more"))
    (note,) = caught.value.__notes__
    assert note.startswith("operation 'more'")
    coord.request_stop()
    coord.join(threads)


def test_summaries_of_how_full_queues_are(session):
    names = tf.train.string_input_producer(["a", "b"], shuffle=False, name="names")
    word = names.dequeue()
    tf.train.batch([word], 2, name="B")
    tf.train.shuffle_batch([word], 2, capacity=10, min_after_dequeue=3, name="SB")
    found = tf.get_collection(tf.GraphKeys.SUMMARIES)
    assert [tensor.op.name for tensor in found] == [
        "names/fraction_of_32_full",
        "B/fraction_of_32_full",
        "SB/fraction_over_3_of_7_full",
    ]
    summary = tf.Summary.FromString(session.run(tf.summary.merge_all()))
    assert [(value.tag, value.simple_value) for value in summary.value] == [
        (tensor.op.name, 0) for tensor in found
    ]
