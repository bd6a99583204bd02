"""Small data sets in CSV files (`tf.contrib.learn.datasets.base`)."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tfsession.formats.streams import file_error

__all__ = [
    "Dataset",
    "Datasets",
    "load_csv_with_header",
    "load_csv_without_header",
    "load_iris",
    "maybe_download",
]

# Measured by E. Anderson, published in R. A. Fisher, The use of multiple measurements in taxonomic
# problems, Annals of Eugenics 7 (1936).
_IRIS = Path(__file__).with_name("iris.csv")


class Dataset(NamedTuple):
    """Examples, and what is to be found of each."""

    data: Any
    target: Any


class Datasets(NamedTuple):
    """Examples for training, for choosing, and for measuring."""

    train: Any
    validation: Any
    test: Any


def _rows(filename: Any) -> list[list[str]]:
    path = os.fsdecode(filename)
    try:
        with open(path, newline="") as file:
            return [row for row in csv.reader(file) if row]
    except OSError as error:
        raise file_error(path, error) from None


def _dataset(rows: list[list[str]], target_column: int, target_dtype: Any, dtype: Any) -> Dataset:
    targets = [row.pop(target_column) for row in rows]
    return Dataset(data=np.array(rows).astype(dtype), target=np.array(targets).astype(target_dtype))


def load_csv_with_header(
    filename: Any, target_dtype: Any, features_dtype: Any, target_column: int = -1
) -> Dataset:
    """The examples of a file whose first line begins with their number and that of the features.

    Args:
      filename: the file.
      target_dtype: NumPy's dtype of what is to be found.
      features_dtype: NumPy's dtype of the features.
      target_column: where in a line is what is to be found.

    Returns:
      A Dataset of [examples, features] and [examples].

    Raises:
      NotFoundError: there is no such file.
      ValueError: a number is none, or there are not as many as the first line promises.

    Source: TensorFlow 1.15 `tf.contrib.learn.datasets.base.load_csv_with_header`.
    """
    rows = _rows(filename)
    if not rows or len(rows[0]) < 2:
        raise ValueError(f"load_csv_with_header: {filename!r} has no line with two numbers")
    examples, features = int(rows[0][0]), int(rows[0][1])
    sizes = {len(row) for row in rows[1:]}
    if len(rows) - 1 != examples or sizes - {features + 1}:
        raise ValueError(
            f"load_csv_with_header: {filename!r} promises {examples} lines of {features + 1} "
            f"columns, and has {len(rows) - 1} of {sorted(sizes)}"
        )
    return _dataset(rows[1:], target_column, target_dtype, features_dtype)


def load_csv_without_header(
    filename: Any, target_dtype: Any, features_dtype: Any, target_column: int = -1
) -> Dataset:
    """The examples of a file, one on each line.

    Args:
      filename: the file.
      target_dtype: NumPy's dtype of what is to be found.
      features_dtype: NumPy's dtype of the features.
      target_column: where in a line is what is to be found.

    Returns:
      A Dataset of [examples, features] and [examples].

    Raises:
      NotFoundError: there is no such file.
      ValueError: a number is none, or lines are of different lengths.

    Source: TensorFlow 1.15 `tf.contrib.learn.datasets.base.load_csv_without_header`.
    """
    return _dataset(_rows(filename), target_column, target_dtype, features_dtype)


def load_iris(data_path: Any = None) -> Dataset:
    """Measures of 150 irises of three kinds, in centimetres.

    Args:
      data_path: a CSV file with a header; the one that comes with tfsession when None.

    Returns:
      A Dataset of [150, 4], float64, and [150], int64.

    Source: TensorFlow 1.15 `tf.contrib.learn.datasets.base.load_iris`.
    """
    return load_csv_with_header(_IRIS if data_path is None else data_path, np.int64, np.float64)


def maybe_download(filename: str, work_directory: str, source_url: str) -> str:
    """The path of a file in a folder.

    Args:
      filename: its name.
      work_directory: the folder.
      source_url: where it comes from; TensorFlow downloads it.

    Raises:
      FileNotFoundError: it is not there.

    Source: TensorFlow 1.15 `tf.contrib.learn.datasets.base.maybe_download`.
    """
    path = os.path.join(work_directory, filename)
    if not os.path.exists(path):
        raise FileNotFoundError(
            f"maybe_download: {filename} not found in {os.path.abspath(work_directory)}; tfsession "
            f"downloads nothing: put what {source_url} has there."
        )
    return path
