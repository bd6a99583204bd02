"""Datasets of files of examples and of comma-separated values, ready to train on."""

from __future__ import annotations

import contextlib
import csv
import glob
import io
import itertools
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from tfsession.data import structure
from tfsession.data.arguments import names_of_files, optional
from tfsession.data.dataset import Dataset, selected
from tfsession.data.files import TFRecordDataset
from tfsession.data.interleaving import parallel_interleave, shuffle_and_repeat
from tfsession.dtypes import as_dtype, bool as bool_type, int64, string
from tfsession.formats.streams import open_to_read
from tfsession.graph.build import TensorLike, build, constant, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.ops import parsing

Transformation = Callable[[Dataset], Dataset]


class CsvDataset(Dataset):
    """The records of files of comma-separated values.

    Source: TensorFlow 1.15 `tf.data.experimental.CsvDataset`.
    """

    def __init__(
        self,
        filenames: Any,
        record_defaults: Sequence[Any],
        compression_type: TensorLike = None,
        buffer_size: TensorLike = None,
        header: TensorLike = False,
        field_delim: TensorLike = ",",
        use_quote_delim: TensorLike = True,
        na_value: TensorLike = "",
        select_cols: Sequence[int] | None = None,
    ) -> None:
        """Makes the dataset.

        Args:
          filenames: scalar or vector, string.
          record_defaults: for each column what an empty field stands for, or a dtype where no
            field may be empty.
          compression_type: '', 'ZLIB' or 'GZIP'.
          buffer_size: bytes that are read at a time.
          header: whether the first line of each file is left out.
          field_delim: one character.
          use_quote_delim: whether double quotes enclose fields.
          na_value: what stands for an empty field, too.
          select_cols: the columns to take; all when None.
        """
        defaults = [
            constant([], dtype=as_dtype(value), name="field_0")
            if _is_dtype(value)
            else convert_to_tensor(value)
            for value in record_defaults
        ]
        specs = tuple(structure.TensorSpec([], tensor.dtype) for tensor in defaults)
        made = build(
            "CSVDataset",
            names_of_files(filenames),
            optional(compression_type, "", string, "compression_type"),
            optional(buffer_size, 4 * 1024 * 1024, int64, "buffer_size"),
            convert_to_tensor(header, bool_type, name="header"),
            optional(field_delim, ",", string, "field_delim"),
            convert_to_tensor(use_quote_delim, bool_type, name="use_quote_delim"),
            optional(na_value, "", string, "na_value"),
            optional(select_cols, np.zeros(0, np.int64), int64, "select_cols"),
            defaults,
            output_shapes=structure.flat_attributes(specs)["output_shapes"],
        )
        super().__init__(made, specs)


def _is_dtype(value: Any) -> bool:
    try:
        as_dtype(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, (str, bytes, list, tuple, int, float))


def parse_example_dataset(
    features: Mapping[str, Any], num_parallel_calls: TensorLike = 1
) -> Transformation:
    """Parses batches of serialised Examples; see `tf.io.parse_example`."""
    return lambda dataset: dataset.map(
        lambda serialized: parsing.parse_example(serialized, features), num_parallel_calls
    )


def make_batched_features_dataset(
    file_pattern: Any,
    batch_size: int,
    features: Mapping[str, Any],
    reader: Callable[..., Dataset] = TFRecordDataset,
    label_key: str | None = None,
    reader_args: Sequence[Any] | None = None,
    num_epochs: int | None = None,
    shuffle: bool = True,
    shuffle_buffer_size: int = 10000,
    shuffle_seed: int | None = None,
    prefetch_buffer_size: int | None = None,
    reader_num_threads: int | None = None,
    parser_num_threads: int | None = None,
    sloppy_ordering: bool = False,
    drop_final_batch: bool = False,
) -> Dataset:
    """Batches of parsed Examples of files.

    Args:
      file_pattern: a pattern of names, or a list of them.
      batch_size: examples in a batch.
      features: as for `tf.io.parse_example`.
      reader: makes a dataset of records of a name.
      label_key: the feature that comes apart from the others.
      reader_args: further arguments of `reader`.
      num_epochs: how often; for ever when None.
      shuffle: whether examples come in another order.
      shuffle_buffer_size: among how many the next one is chosen.
      shuffle_seed: of that order.
      prefetch_buffer_size: batches made ahead.
      reader_num_threads: of so many files records are given in turn.
      parser_num_threads: so many batches are parsed at a time.
      sloppy_ordering: has no effect.
      drop_final_batch: whether a last batch that has fewer is left out.

    Raises:
      TypeError: `label_key` is no feature.
    """
    if label_key is not None and label_key not in features:
        raise ValueError(
            f"The `label_key` provided ({label_key}) must be one of the `features` keys."
        )
    files = Dataset.list_files(file_pattern, shuffle=shuffle, seed=shuffle_seed)
    arguments = reader_args or []
    found = files.apply(
        parallel_interleave(
            lambda name: reader(name, *arguments), cycle_length=reader_num_threads or 1
        )
    )
    found = _shuffled(found, num_epochs, shuffle, shuffle_buffer_size, shuffle_seed)
    found = found.batch(batch_size, drop_remainder=drop_final_batch or num_epochs is None)
    found = found.apply(parse_example_dataset(features, parser_num_threads or 2))
    if label_key is not None:

        def apart(element: Any) -> Any:
            others = {key: value for key, value in element.items() if key != label_key}
            return others, element[label_key]

        found = found.map(apart)
    return found.prefetch(1 if prefetch_buffer_size is None else prefetch_buffer_size)


def _shuffled(
    dataset: Dataset, num_epochs: int | None, shuffle: bool, size: int, seed: int | None
) -> Dataset:
    if shuffle:
        return dataset.apply(shuffle_and_repeat(size, num_epochs, seed))
    return dataset if num_epochs == 1 else dataset.repeat(num_epochs)


def make_csv_dataset(
    file_pattern: Any,
    batch_size: int,
    column_names: Sequence[str] | None = None,
    column_defaults: Sequence[Any] | None = None,
    label_name: str | None = None,
    select_columns: Sequence[Any] | None = None,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    header: bool = True,
    num_epochs: int | None = None,
    shuffle: bool = True,
    shuffle_buffer_size: int = 10000,
    shuffle_seed: int | None = None,
    prefetch_buffer_size: int | None = None,
    num_parallel_reads: int | None = None,
    sloppy: bool = False,
    num_rows_for_inference: int | None = 100,
    compression_type: str | None = None,
    ignore_errors: bool = False,
) -> Dataset:
    """Batches of columns of files of comma-separated values, as dicts.

    Args:
      file_pattern: a pattern of names, or a list of them.
      batch_size: rows in a batch.
      column_names: of all columns; the first line of the files when None.
      column_defaults: for each column that is taken a value or a dtype; guessed when None.
      label_name: the column that comes apart from the others.
      select_columns: names or numbers of the columns to take; all when None.
      field_delim: one character.
      use_quote_delim: whether double quotes enclose fields.
      na_value: what stands for an empty field, too.
      header: whether the first line of each file names the columns.
      num_epochs: how often; for ever when None.
      shuffle: whether rows come in another order.
      shuffle_buffer_size: among how many the next one is chosen.
      shuffle_seed: of that order.
      prefetch_buffer_size: batches made ahead.
      num_parallel_reads: of so many files rows are given in turn.
      sloppy: has no effect.
      num_rows_for_inference: how many rows are looked at to guess; all when None.
      compression_type: '', 'ZLIB' or 'GZIP'.
      ignore_errors: whether rows that cannot be read are left out.

    Raises:
      ValueError: there are no such files, names come twice, or `label_name` is no column.
    """
    names = _matching(file_pattern)
    rows = _CsvRows(names, field_delim, use_quote_delim, compression_type or "")
    columns = list(column_names) if column_names is not None else rows.header(header)
    if len(columns) != len(set(columns)):
        raise ValueError("Cannot have duplicate column names.")
    chosen = _chosen(select_columns, columns)
    if column_defaults is None:
        column_defaults = rows.defaults(header, na_value, chosen, num_rows_for_inference)
    defaults = [
        value if _is_dtype(value) or _is_list(value) else [value] for value in column_defaults
    ]
    taken = [columns[index] for index in chosen]
    if label_name is not None and label_name not in taken:
        raise ValueError("`label_name` provided must be one of the columns.")

    def opened(name: Tensor) -> Dataset:
        return CsvDataset(
            name,
            record_defaults=defaults,
            compression_type=compression_type,
            header=header,
            field_delim=field_delim,
            use_quote_delim=use_quote_delim,
            na_value=na_value,
            select_cols=chosen if select_columns is not None else None,
        )

    def as_dict(*values: Any) -> Any:
        found = dict(zip(taken, values, strict=True))
        return found if label_name is None else (found, found.pop(label_name))

    files = Dataset.from_tensor_slices(names)
    if shuffle:
        files = files.shuffle(len(names), shuffle_seed)
    found = files.apply(parallel_interleave(opened, cycle_length=num_parallel_reads or 1))
    if ignore_errors:
        found = found.apply(_ignoring)
    found = _shuffled(found, num_epochs, shuffle, shuffle_buffer_size, shuffle_seed)
    found = found.batch(batch_size, drop_remainder=num_epochs is None).map(as_dict)
    return found.prefetch(1 if prefetch_buffer_size is None else prefetch_buffer_size)


def _ignoring(dataset: Dataset) -> Dataset:
    return selected(dataset, "IgnoreErrorsDataset")


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _matching(file_pattern: Any) -> list[str]:
    patterns = [file_pattern] if isinstance(file_pattern, str) else list(file_pattern)
    found = sorted({name for pattern in patterns for name in glob.glob(pattern)})
    if not found:
        raise ValueError(f"No files match {file_pattern}")
    return found


def _chosen(select_columns: Sequence[Any] | None, columns: Sequence[str]) -> list[int]:
    """The numbers of the columns to take, in order."""
    if select_columns is None:
        return list(range(len(columns)))
    numbers = [columns.index(c) if isinstance(c, str) else int(c) for c in select_columns]
    if sorted(set(numbers)) != sorted(numbers):
        raise ValueError("`select_columns` contains duplicate columns")
    return sorted(numbers)


class _CsvRows:
    """What is read of files to know their columns."""

    def __init__(
        self, names: Sequence[str], delimiter: str, quotes: bool, compression: str
    ) -> None:
        self._names = names
        self._delimiter = delimiter
        self._quotes = quotes
        self._compression = compression

    def _rows(self, name: str) -> Generator[list[str]]:
        kind: Literal[0, 3] = csv.QUOTE_MINIMAL if self._quotes else csv.QUOTE_NONE
        with io.TextIOWrapper(open_to_read(name, self._compression), newline="") as text:
            yield from csv.reader(text, delimiter=self._delimiter, quoting=kind)

    def _first_rows(self, count: int | None) -> Generator[tuple[int, list[str]]]:
        """The first rows of all files, with their numbers in their files."""
        left = itertools.count() if count is None else range(count)
        for name in self._names:
            with contextlib.closing(self._rows(name)) as rows:
                for (number, row), _ in zip(enumerate(rows), left, strict=False):
                    yield number, row

    def header(self, has_header: bool) -> list[str]:
        if not has_header:
            raise ValueError("Cannot infer column names without a header line.")
        found = []
        for name in self._names:
            with contextlib.closing(self._rows(name)) as rows:
                found.append(next(rows, []))
        if any(names != found[0] for names in found):
            raise ValueError("Files have different column names in the header row.")
        return list(found[0])

    def defaults(
        self, has_header: bool, na_value: str, chosen: Sequence[int], most: int | None
    ) -> list[Any]:
        """An empty value of the narrowest dtype that each column fits."""
        kinds = [0] * len(chosen)
        with contextlib.closing(self._first_rows(most)) as rows:
            for number, row in rows:
                if number or not has_header:
                    for position, column in enumerate(chosen):
                        kinds[position] = max(kinds[position], _kind_of(row[column], na_value))
        return [_DEFAULTS[kind] for kind in kinds]


_DEFAULTS: list[Any] = [
    np.zeros(1, np.int32),
    np.zeros(1, np.int64),
    np.zeros(1, np.float32),
    np.zeros(1, np.float64),
    [""],
]


def _kind_of(field: str, na_value: str) -> int:
    """The position in `_DEFAULTS` of the narrowest dtype that a field fits."""
    if not field or field == na_value:
        return 0
    try:
        number = int(field)
        return 0 if -(2**31) <= number < 2**31 else 1
    except ValueError:
        pass
    try:
        value = float(field)
    except ValueError:
        return 4
    return 2 if np.isfinite(np.float32(value)) or not np.isfinite(value) else 3
