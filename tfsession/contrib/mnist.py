"""The MNIST digits, from files that are there (`tensorflow.examples.tutorials.mnist.input_data`).

A file is in the IDX format: a magic number, the sizes of the axes, each a big-endian uint32, and
the elements. Source: http://yann.lecun.com/exdb/mnist.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Sequence
from typing import IO, Any

import numpy as np

from tfsession import dtypes
from tfsession.contrib.csv_data import Datasets
from tfsession.ops.random import get_seed

__all__ = [
    "DEFAULT_SOURCE_URL",
    "DataSet",
    "Datasets",
    "dense_to_one_hot",
    "extract_images",
    "extract_labels",
    "load_mnist",
    "read_data_sets",
]

DEFAULT_SOURCE_URL = "https://storage.googleapis.com/cvdf-datasets/mnist/"

_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
_IMAGES = 2051
_LABELS = 2049
_CLASSES = 10


# ---- Files ----


def extract_images(f: IO[bytes]) -> np.ndarray:
    """The images of a file.

    Args:
      f: an open file, compressed by gzip.

    Returns:
      [images, rows, columns, 1], uint8.

    Raises:
      ValueError: it is no such file, or damaged.

    Source: TensorFlow 1.15 `tf.contrib.learn.datasets.mnist.extract_images`.
    """
    shape, data = _read(f, "image", _IMAGES, axes=3)
    return data.reshape(*shape, 1)


def extract_labels(f: IO[bytes], one_hot: bool = False, num_classes: int = _CLASSES) -> np.ndarray:
    """The labels of a file.

    Args:
      f: an open file, compressed by gzip.
      one_hot: whether a label is a row of zeros with a one at its place.
      num_classes: the length of such a row.

    Returns:
      [labels], uint8; or [labels, num_classes], float64.

    Raises:
      ValueError: it is no such file, or damaged.

    Source: TensorFlow 1.15 `tf.contrib.learn.datasets.mnist.extract_labels`.
    """
    _, labels = _read(f, "label", _LABELS, axes=1)
    return dense_to_one_hot(labels, num_classes) if one_hot else labels


def _read(file: IO[bytes], kind: str, magic: int, axes: int) -> tuple[Sequence[int], np.ndarray]:
    """The sizes and the elements of a file."""
    name = getattr(file, "name", "")
    try:
        with gzip.GzipFile(fileobj=file) as stream:
            content = stream.read()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"MNIST {kind} file {name} is not a whole gzip file: {error}") from error
    header = np.frombuffer(content[: 4 * (1 + axes)], np.uint8)
    if header.size < 4 * (1 + axes):
        raise ValueError(f"MNIST {kind} file {name} ends within its header")
    found, *shape = header.view(">u4").tolist()
    if found != magic:
        raise ValueError(f"Invalid magic number {found} in MNIST {kind} file: {name}")
    elements = np.frombuffer(content, np.uint8, offset=header.size)
    wanted = int(np.prod(shape, dtype=object))
    if elements.size < wanted:
        raise ValueError(
            f"MNIST {kind} file {name} has {elements.size} bytes behind its header, which promises "
            f"{wanted}"
        )
    return shape, elements[:wanted].copy()


def dense_to_one_hot(labels_dense: np.ndarray, num_classes: int) -> np.ndarray:
    """Labels as rows of zeros, each with a one at the place of its label.

    Args:
      labels_dense: [labels], integers from 0 to `num_classes` - 1.
      num_classes: the length of a row.

    Returns:
      [labels, num_classes], float64.

    Raises:
      IndexError: a label is too large.

    Source: TensorFlow 1.15 `tf.contrib.learn.datasets.mnist.dense_to_one_hot`.
    """
    rows = np.zeros((labels_dense.shape[0], num_classes))
    rows[np.arange(rows.shape[0]), labels_dense.ravel()] = 1
    return rows


def _opened(folder: str, name: str) -> IO[bytes]:
    path = os.path.join(folder, name)
    print(f"Extracting {path}")  # noqa: T201  # as TensorFlow does
    return open(path, "rb")


def _check_there(folder: str, source_url: str) -> None:
    """Says what is missing: nothing is downloaded here."""
    missing = [name for name in _FILES if not os.path.exists(os.path.join(folder, name))]
    if missing:
        raise FileNotFoundError(
            f"read_data_sets: {', '.join(missing)} not found in {os.path.abspath(folder)}; "
            f"tfsession downloads nothing: put what {source_url} has under these names there."
        )


# ---- Data sets ----


class DataSet:
    """Images with labels, handed out in batches.

    Source: TensorFlow 1.15 `tf.contrib.learn.datasets.mnist.DataSet`.
    """

    def __init__(
        self,
        images: Any,
        labels: Any,
        fake_data: bool = False,
        one_hot: bool = False,
        dtype: Any = dtypes.float32,
        reshape: bool = True,
        seed: int | None = None,
    ) -> None:
        """Takes over images; NumPy's global random numbers are seeded, by which they are shuffled.

        Args:
          images: [examples, rows, columns, channels], uint8; one channel where `reshape` is set.
          labels: [examples, ...].
          fake_data: whether to play 10,000 examples instead.
          one_hot: whether the labels that are played are rows.
          dtype: float32 for images from 0 to 1, uint8 for those from 0 to 255.
          reshape: whether images become rows of pixels.
          seed: for shuffling; with the seed of the default graph, as of an operation.

        Raises:
          TypeError: the dtype is another one.
          AssertionError: there are not as many labels as images, or several channels to reshape.
        """
        seed1, seed2 = get_seed(seed)
        np.random.seed(seed1 if seed is None else seed2)
        dtype = dtypes.as_dtype(dtype).base_dtype
        if dtype not in (dtypes.uint8, dtypes.float32):
            raise TypeError(f"Invalid image dtype {dtype!r}, expected uint8 or float32")
        if fake_data:
            self._num_examples = 10000
            self.one_hot = one_hot
        else:
            if images.shape[0] != labels.shape[0]:
                raise AssertionError(f"images.shape: {images.shape} labels.shape: {labels.shape}")
            self._num_examples = images.shape[0]
            images = _prepared(images, dtype == dtypes.float32, reshape)
        self._images = images
        self._labels = labels
        self._epochs_completed = 0
        self._index_in_epoch = 0

    @property
    def images(self) -> Any:
        """The images, in the order of the epoch."""
        return self._images

    @property
    def labels(self) -> Any:
        """The labels, in the order of the epoch."""
        return self._labels

    @property
    def num_examples(self) -> int:
        """How many images there are."""
        return self._num_examples

    @property
    def epochs_completed(self) -> int:
        """How often all images have been handed out."""
        return self._epochs_completed

    def next_batch(
        self, batch_size: int, fake_data: bool = False, shuffle: bool = True
    ) -> tuple[Any, Any]:
        """The next images with their labels; behind the last ones, the first of the next epoch.

        Args:
          batch_size: how many.
          fake_data: whether to play some instead.
          shuffle: whether the order of an epoch is drawn, or stays as it is.

        Returns:
          [batch_size, ...] of images, and [batch_size, ...] of labels.
        """
        if fake_data:
            image = [1] * 784
            label: Any = [1] + [0] * (_CLASSES - 1) if self.one_hot else 0
            return [image] * batch_size, [label] * batch_size
        start = self._index_in_epoch
        if self._epochs_completed == 0 and start == 0 and shuffle:
            self._shuffle()
        end = start + batch_size
        if end <= self._num_examples:
            self._index_in_epoch = end
            return self._images[start:end], self._labels[start:end]
        self._epochs_completed += 1
        images, labels = self._images[start:], self._labels[start:]
        if shuffle:
            self._shuffle()
        self._index_in_epoch = end - self._num_examples
        return (
            np.concatenate((images, self._images[: self._index_in_epoch])),
            np.concatenate((labels, self._labels[: self._index_in_epoch])),
        )

    def _shuffle(self) -> None:
        order = np.arange(self._num_examples)
        np.random.shuffle(order)
        self._images = self._images[order]
        self._labels = self._labels[order]


def _prepared(images: np.ndarray, is_float: bool, reshape: bool) -> np.ndarray:
    if reshape:
        if images.shape[3] != 1:
            raise AssertionError
        images = images.reshape(images.shape[0], images.shape[1] * images.shape[2])
    return np.multiply(images.astype(np.float32), 1.0 / 255.0) if is_float else images


def read_data_sets(
    train_dir: Any,
    fake_data: bool = False,
    one_hot: bool = False,
    dtype: Any = dtypes.float32,
    reshape: bool = True,
    validation_size: int = 5000,
    seed: int | None = None,
    source_url: str = DEFAULT_SOURCE_URL,
) -> Datasets:
    """The digits for training, validation and test.

    Args:
      train_dir: the folder with the four files of MNIST.
      fake_data: whether to play examples instead.
      one_hot: whether labels are rows of zeros with a one; otherwise numbers.
      dtype: float32 for images from 0 to 1, uint8 for those from 0 to 255.
      reshape: whether an image is a row of pixels, or [rows, columns, 1].
      validation_size: how many of the first images for training are put aside.
      seed: for shuffling.
      source_url: where the files come from; TensorFlow downloads them.

    Returns:
      Datasets, a named tuple of `train`, `validation` and `test`.

    Raises:
      FileNotFoundError: a file is missing.
      ValueError: a file is damaged, or `validation_size` is too large or negative.
      TypeError: the dtype is another one.

    Source: TensorFlow 1.15 `tensorflow.examples.tutorials.mnist.input_data.read_data_sets`.
    """
    if fake_data:
        fakes = (
            DataSet([], [], fake_data=True, one_hot=one_hot, dtype=dtype, seed=seed)
            for _ in range(3)
        )
        return Datasets(*fakes)
    folder = os.fsdecode(train_dir)
    _check_there(folder, source_url or DEFAULT_SOURCE_URL)
    arrays: list[np.ndarray] = []
    for name in _FILES:
        with _opened(folder, name) as file:
            is_image = "images" in name
            arrays.append(extract_images(file) if is_image else extract_labels(file, one_hot))
    images, labels, test_images, test_labels = arrays
    if not 0 <= validation_size <= len(images):
        raise ValueError(
            f"Validation size should be between 0 and {len(images)}. Received: {validation_size}."
        )
    parts = (
        (images[validation_size:], labels[validation_size:]),
        (images[:validation_size], labels[:validation_size]),
        (test_images, test_labels),
    )
    options = {"dtype": dtype, "reshape": reshape, "seed": seed}
    return Datasets(*(DataSet(*part, **options) for part in parts))


def load_mnist(train_dir: Any = "MNIST-data") -> Datasets:
    """`read_data_sets` of a folder.

    Source: TensorFlow 1.15 `tf.contrib.learn.datasets.mnist.load_mnist`.
    """
    return read_data_sets(train_dir)
