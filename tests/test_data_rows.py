"""Functions of elements that run once for a batch give what they give for one after the other."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest

import tfsession as tf
from tfsession.data import rows

IMAGES = np.arange(7 * 4 * 3 * 2, dtype=np.float32).reshape(7, 4, 3, 2) - 60
NUMBERS = np.arange(7, dtype=np.int64) * 3 - 5
TEXTS = [b"3", b"14", b"159", b"26", b"5", b"35", b"8979"]


def example(number: int) -> bytes:
    def feature(**values: Any) -> Any:
        return tf.train.Feature(**values)

    features = {
        "pixels": feature(bytes_list=tf.train.BytesList(value=[bytes(range(number, number + 6))])),
        "label": feature(int64_list=tf.train.Int64List(value=[number])),
        "vector": feature(float_list=tf.train.FloatList(value=[number, 0.5])),
    }
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def parsed(text: Any) -> Any:
    found = tf.parse_single_example(
        text,
        {
            "pixels": tf.FixedLenFeature([], tf.string),
            "label": tf.FixedLenFeature([], tf.int64),
            "vector": tf.FixedLenFeature([2], tf.float32),
            "absent": tf.FixedLenFeature([3], tf.int64, [7, 8, 9]),
        },
    )
    pixels = tf.reshape(tf.decode_raw(found["pixels"], tf.uint8), [2, 3])
    return tf.cast(pixels, tf.float32) / 255.0 - 0.5, tf.one_hot(found["label"], 4), found


FUNCTIONS = {
    "arithmetic": lambda image, number, text: image * 2.0 + 1.0 - tf.exp(-tf.abs(image) / 9.0),
    "ranks differ": lambda image, number, text: (
        image * tf.cast(number, tf.float32) + [[[1.0, 2.0]]]
    ),
    "row + image": lambda image, number, text: image[0] * image + image[0, 0],
    "reshape": lambda image, number, text: (
        tf.reshape(image, [-1]),
        tf.reshape(image, [6, 4]),
        tf.reshape(image, tf.concat([tf.shape(image)[:1], [-1]], 0)),
    ),
    "shapes": lambda image, number, text: (tf.shape(image), tf.rank(image), tf.size(image), image),
    "axes": lambda image, number, text: (
        tf.expand_dims(image, -1),
        tf.expand_dims(image, 1),
        tf.squeeze(image[:1]),
        tf.squeeze(image[:, :, :1], [-1]),
        tf.transpose(image, [2, 0, 1]),
    ),
    "slices": lambda image, number, text: (
        image[1:3, ::-1],
        image[..., 1],
        image[:, tf.newaxis, 2],
        image[-1, 0],
    ),
    "reductions": lambda image, number, text: (
        tf.reduce_sum(image),
        tf.reduce_mean(image, [0, -1]),
        tf.reduce_max(image, -1, keepdims=True),
        tf.argmax(image, 1),
        tf.reduce_any(image > 0, 2),
        tf.reduce_mean(tf.cast(number, tf.float32)),
    ),
    "joins": lambda image, number, text: (
        tf.stack([image, image + 1.0], 1),
        tf.stack([number, 4, number]),
        tf.concat([image, tf.zeros([1, 3, 2])], 0),
        tf.concat([image, image], -1),
        tf.pad(image, [[1, 0], [0, 2], [0, 0]]),
        tf.add_n([image, image]),
    ),
    "choices": lambda image, number, text: (
        tf.where(number > 3, image, -image),
        tf.where(image > 3.0, image, -image),
        tf.gather(np.arange(40).reshape(20, 2), tf.abs(number)),
        tf.one_hot(tf.abs(number), 5, 2.0, -1.0),
        tf.clip_by_value(image, -3.0, 8.0),
    ),
    "texts": lambda image, number, text: (
        tf.string_to_number(text, tf.int32),
        tf.string_to_hash_bucket_fast(text, 100),
        tf.as_string(number),
        text,
    ),
    "constants": lambda image, number, text: (tf.constant([1, 2]), tf.constant(b"x"), number),
}


def batches(dataset: Any, size: int = 3) -> list[Any]:
    element = tf.data.make_one_shot_iterator(dataset.batch(size)).get_next()
    flat, found = tf.contrib.framework.nest.flatten(element), []
    with tf.Session() as session, contextlib.suppress(tf.errors.OutOfRangeError):
        while True:
            found.append(session.run(flat))
    return found


def assert_same(found: Any, expected: Any) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        for a, b in zip(one, other, strict=True):
            assert (a.dtype, a.shape) == (b.dtype, b.shape)
            np.testing.assert_array_equal(a, b)


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Switches functions of rows off."""
    return lambda: monkeypatch.setattr(rows, "of_rows", lambda function: None)


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each function that a session looks at has one of rows."""
    found: list[bool] = []
    of_rows = rows.of_rows

    def noted(function: Any) -> Any:
        made = of_rows(function)
        found.append(made is not None)
        return made

    monkeypatch.setattr(rows, "of_rows", noted)
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_rule(name: str, conversions: list[bool], one_by_one: Any) -> None:
    dataset = tf.data.Dataset.from_tensor_slices((IMAGES, NUMBERS, TEXTS)).map(FUNCTIONS[name])
    found = batches(dataset)
    assert conversions == [True]
    one_by_one()
    assert_same(found, batches(dataset))


def test_examples_are_parsed_together(conversions: list[bool], one_by_one: Any) -> None:
    texts = [example(number) for number in range(7)]
    dataset = tf.data.Dataset.from_tensor_slices(texts).map(parsed, num_parallel_calls=2)
    found = batches(dataset)
    assert conversions == [True]
    one_by_one()
    assert_same(found, batches(dataset))


@pytest.mark.parametrize(
    "choose",
    [
        lambda dataset: dataset.shuffle(3, seed=5).repeat(2),
        lambda dataset: dataset.repeat(3).shuffle(5, seed=6).take(11),
        lambda dataset: dataset.skip(2).shard(2, 1),
        lambda dataset: dataset.map(lambda x: tf.stack([x, -x])).shuffle(4, seed=7).take(5),
        lambda dataset: dataset.cache().repeat(2),
    ],
)
def test_choices_come_before_the_function(choose: Any, one_by_one: Any) -> None:
    dataset = choose(tf.data.Dataset.range(7).map(lambda x: tf.cast(x, tf.float32) / 3.0))
    found = batches(dataset)
    one_by_one()
    assert_same(found, batches(dataset))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x + tf.random_uniform([], maxval=9, dtype=tf.int64, seed=3),
        lambda x: tf.py_func(lambda n: n + 1, [x], tf.int64),
        lambda x: tf.cond(x > 3, lambda: x, lambda: -x),
        lambda x: tf.random_shuffle(tf.stack([x, -x]), seed=4),
    ],
)
def test_no_function_of_rows(function: Any, conversions: list[bool], one_by_one: Any) -> None:
    """Random numbers, effects and branches are of each element alone."""
    dataset = tf.data.Dataset.range(7).map(function)
    found = batches(dataset)
    assert conversions == [False]
    one_by_one()
    assert_same(found, batches(dataset))


def test_an_error_comes_with_its_element() -> None:
    """The batch in which it is fails, and the next one begins behind it."""
    texts = ["0", "1", "2", "x", "4", "5", "6", "7", "8"]
    dataset = tf.data.Dataset.from_tensor_slices(texts).map(lambda t: tf.string_to_number(t))
    element = tf.data.make_one_shot_iterator(dataset.batch(2)).get_next()
    with tf.Session() as session:
        assert session.run(element).tolist() == [0, 1]
        with pytest.raises(tf.errors.InvalidArgumentError, match="convert string: x"):
            session.run(element)
        assert session.run(element).tolist() == [4, 5]
        assert session.run(element).tolist() == [6, 7]
        assert session.run(element).tolist() == [8]
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(element)


def test_shapes_that_differ_are_said_as_of_elements() -> None:
    """Records of different lengths cannot be rows, nor a batch."""
    dataset = tf.data.Dataset.from_tensor_slices([b"ab", b"cd", b"efg"])
    element = dataset.map(lambda t: tf.decode_raw(t, tf.uint8)).batch(3)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError) as raised:
        session.run(tf.data.make_one_shot_iterator(element).get_next())
    assert "number of elements does not match. Shapes are: [tensor]: [3]" in raised.value.message


def test_captured_values_are_no_rows() -> None:
    factor = tf.placeholder(tf.float32, [2])
    dataset = tf.data.Dataset.range(3).map(lambda x: tf.cast(x, tf.float32) * factor).batch(3)
    iterator = tf.data.make_initializable_iterator(dataset)
    with tf.Session() as session:
        session.run(iterator.initializer, {factor: [1, 10]})
        assert session.run(iterator.get_next()).tolist() == [[0, 0], [1, 10], [2, 20]]
