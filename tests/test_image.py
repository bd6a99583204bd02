"""Functions on images: what is random, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import tfsession as tf

IMAGE = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
BATCH = np.stack([IMAGE + 100 * i for i in range(20)])

pytestmark = pytest.mark.usefixtures("graph")


def results(tensor, count=1):
    with tf.Session() as session:
        return [session.run(tensor) for _ in range(count)]


@pytest.mark.parametrize(("name", "axis"), [("left_right", 1), ("up_down", 0)])
def test_random_flips_of_an_image(name, axis):
    flipped = getattr(tf.image, f"random_flip_{name}")(IMAGE, seed=3)
    assert flipped.shape.as_list() == [2, 4, 3]
    mirrored = np.flip(IMAGE, axis)
    seen = [np.array_equal(y, mirrored) for y in results(flipped, 30)]
    assert set(seen) == {True, False}


@pytest.mark.parametrize(("name", "axis"), [("left_right", 1), ("up_down", 0)])
def test_random_flips_of_a_batch_are_the_images_own(name, axis):
    (y,) = results(getattr(tf.image, f"random_flip_{name}")(BATCH, seed=3))
    seen = []
    for image, result in zip(BATCH, y, strict=True):
        is_mirrored = np.array_equal(result, np.flip(image, axis))
        assert is_mirrored or np.array_equal(result, image)
        seen.append(is_mirrored)
    assert set(seen) == {True, False}


def test_random_brightness_is_one_number_for_all_pixels():
    for y in results(tf.image.random_brightness(IMAGE, 0.5, seed=1), 5):
        delta = y - IMAGE
        assert abs(delta).max() <= 0.5
        np.testing.assert_allclose(delta, delta[0, 0, 0], atol=1e-5)


def test_random_contrast_and_colours_are_within_bounds():
    x = np.random.default_rng(0).random((4, 4, 3)).astype(np.float32)
    functions = [
        tf.image.random_contrast(x, 0.5, 1.5, seed=1),
        tf.image.random_saturation(x, 0.5, 1.5, seed=1),
        tf.image.random_hue(x, 0.25, seed=1),
    ]
    for tensor in functions:
        first, second = results(tensor, 2)
        assert first.shape == x.shape
        assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("function", "arguments", "text"),
    [
        ("random_brightness", (-1,), "max_delta must be non-negative."),
        ("random_contrast", (2, 1), "upper must be > lower."),
        ("random_saturation", (-1, 1), "lower must be non-negative."),
        ("random_hue", (0.6,), "max_delta must be <= 0.5."),
        ("central_crop", (0.0,), r"central_fraction must be within \(0, 1\]"),
        ("pad_to_bounding_box", (-1, 0, 5, 5), "offset_height must be >= 0"),
        ("pad_to_bounding_box", (0, 3, 5, 5), "width must be <= target - offset"),
        ("crop_to_bounding_box", (0, 0, 3, 1), r"height must be >= target \+ offset."),
        ("crop_to_bounding_box", (0, 0, 0, 1), "target_height must be > 0."),
        ("resize_images", ([1, 2, 3],), "'size' must be a 1-D Tensor of 2 elements"),
        ("resize_images", ([4, 4], 7), "Resize method is not implemented."),
    ],
)
def test_what_does_not_fit_is_refused(function, arguments, text):
    with pytest.raises(ValueError, match=text):
        getattr(tf.image, function)(IMAGE, *arguments)


def test_sizes_known_only_in_the_step_are_checked_there():
    image = tf.placeholder(tf.float32, [None, None, 3])
    cropped = tf.image.crop_to_bounding_box(image, 0, 0, 3, 2)
    assert cropped.shape.as_list() == [3, 2, 3]
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError, match="height must be >= target"):
            session.run(cropped, {image: IMAGE})
        tall = IMAGE.reshape(4, 2, 3)
        np.testing.assert_array_equal(session.run(cropped, {image: tall}), tall[:3])


def test_resizing_to_the_size_it_has_is_no_op():
    x = tf.placeholder(tf.uint8, [1, 4, 4, 3])
    assert tf.image.resize_images(x, [4, 4]) is x
