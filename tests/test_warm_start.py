"""tf.train.warm_start: what a variable starts with, compared with TensorFlow 1.15."""

from __future__ import annotations

import numpy as np
import pytest

import tfsession as tf

OLD, NEW = "a\nb\nc\n", "c\nx\na\nb\ny\n"
ROWS = [[4.0, 5.0], [0.0, 0.0], [0.0, 1.0], [2.0, 3.0], [0.0, 0.0], [0.0, 0.0]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A checkpoint of three variables, and two vocabularies."""
    path = tmp_path_factory.mktemp("warm")
    (path / "old.txt").write_text(OLD)
    (path / "new.txt").write_text(NEW)
    with tf.Graph().as_default():
        tf.get_variable("w", initializer=np.arange(6, dtype=np.float32).reshape(3, 2))
        tf.get_variable("b", initializer=[5.0, 6.0])
        tf.get_variable("k", initializer=np.arange(12, dtype=np.float32).reshape(4, 3))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            tf.train.Saver().save(session, str(path / "model"))
    return path


@pytest.fixture
def vocabulary(folder):
    return tf.train.VocabInfo(
        new_vocab=str(folder / "new.txt"),
        new_vocab_size=5,
        num_oov_buckets=1,
        old_vocab=str(folder / "old.txt"),
    )


def variable(name, shape, **kwargs):
    return tf.get_variable(name, shape, initializer=tf.constant_initializer(-1.0), **kwargs)


def started(folder, **kwargs):
    """The values of all variables after a warm start, by name."""
    tf.train.warm_start(str(folder / "model"), **kwargs)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return {v.op.name: session.run(v).tolist() for v in tf.global_variables()}


W, B = [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], [5.0, 6.0]
OTHER_W, OTHER_B = [[-1.0, -1.0]] * 3, [-1.0, -1.0]


@pytest.mark.parametrize(
    ("asked", "w", "b"),
    [
        (".*", W, B),
        ("w", W, OTHER_B),
        (".*[b]", OTHER_W, B),
        (["b"], OTHER_W, B),
        (["none"], OTHER_W, OTHER_B),
        (None, OTHER_W, OTHER_B),
    ],
)
@pytest.mark.parametrize("use_resource", [False, True])
def test_which_variables(graph, folder, asked, w, b, use_resource):
    variable("w", [3, 2], use_resource=use_resource)
    variable("b", [2], use_resource=use_resource)
    assert started(folder, vars_to_warm_start=asked) == {"w": w, "b": b}


def test_variables_themselves(graph, folder):
    w, _ = variable("w", [3, 2]), variable("b", [2])
    assert started(folder, vars_to_warm_start=[w]) == {"w": W, "b": OTHER_B}


def test_variables_that_are_not_trained_start_by_a_list_alone(graph, folder):
    variable("w", [3, 2], trainable=False)
    variable("b", [2])
    assert started(folder)["w"] == OTHER_W


def test_another_name_in_the_checkpoint(graph, folder):
    variable("other", [3, 2])
    assert started(folder, var_name_to_prev_var_name={"other": "w"}) == {"other": W}


def test_parts_of_a_variable(graph, folder):
    variable("w", [3, 2], partitioner=tf.fixed_size_partitioner(2))
    assert started(folder) == {"w/part_0": W[:2], "w/part_1": W[2:]}


# ---- Vocabularies ----


@pytest.mark.parametrize("use_resource", [False, True])
def test_entries_keep_their_rows(graph, folder, vocabulary, use_resource):
    variable("w", [6, 2], use_resource=use_resource)
    assert started(folder, var_name_to_vocab_info={"w": vocabulary}) == {"w": ROWS}


def test_only_what_has_a_vocabulary(graph, folder, vocabulary):
    variable("w", [6, 2])
    variable("b", [2])
    found = started(folder, vars_to_warm_start=None, var_name_to_vocab_info={"w": vocabulary})
    assert found == {"w": ROWS, "b": OTHER_B}


def test_only_some_of_the_old_entries(graph, folder, vocabulary):
    variable("w", [6, 2])
    info = vocabulary._replace(old_vocab_size=2)
    found = started(folder, var_name_to_vocab_info={"w": info})
    assert found == {"w": [[0.0, 0.0], *ROWS[1:]]}


def test_new_entries_start_with_something_else(graph, folder, vocabulary):
    variable("w", [6, 2])
    info = vocabulary._replace(backup_initializer=tf.constant_initializer(7.0))
    found = started(folder, var_name_to_vocab_info={"w": info})["w"]
    assert found == [row if any(row) else [7.0, 7.0] for row in ROWS]


def test_entries_as_columns(graph, folder, vocabulary):
    variable("k", [4, 6])
    found = started(folder, var_name_to_vocab_info={"k": vocabulary._replace(axis=1)})
    assert found["k"] == [[3.0 * r + 2, 0.0, 3.0 * r, 3.0 * r + 1, 0.0, 0.0] for r in range(4)]


def test_entries_in_parts(graph, folder, vocabulary):
    variable("w", [6, 2], partitioner=tf.fixed_size_partitioner(2))
    found = started(folder, var_name_to_vocab_info={"w": vocabulary})
    assert found == {"w/part_0": ROWS[:3], "w/part_1": ROWS[3:]}


# ---- Mistakes ----


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"vars_to_warm_start": 3}, "must be a `list` or `str`.  Given type is"),
        ({"vars_to_warm_start": ["w", 3]}, "it must be all `Variable` or all `str`"),
        ({"var_name_to_prev_var_name": {"x": "w"}}, "in var_name_to_prev_var_name that were not"),
        ({"var_name_to_prev_var_name": {"w": "x"}}, "Tensor x is not found in"),
        ({"var_name_to_prev_var_name": {"w": "k"}}, "doesn't match with shape of tensor k"),
    ],
)
def test_mistakes(graph, folder, arguments, text):
    variable("w", [3, 2])
    with pytest.raises(ValueError, match=text.replace("(", r"\(")):
        started(folder, **arguments)


def test_a_vocabulary_of_no_variable(graph, folder, vocabulary):
    variable("w", [3, 2])
    with pytest.raises(ValueError, match="in var_name_to_vocab_info that were not used"):
        started(folder, var_name_to_vocab_info={"x": vocabulary})
