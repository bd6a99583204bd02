"""Datasets of the lines and records of files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession.data.arguments import names_of_files, optional
from tfsession.data.dataset import Dataset, DatasetV1Adapter
from tfsession.data.interleaving import parallel_interleave
from tfsession.data.structure import TensorSpec
from tfsession.dtypes import int64, string
from tfsession.graph.build import TensorLike, build
from tfsession.graph.operation import Tensor
from tfsession.ops import array


def _of_files(
    filenames: Any, num_parallel_reads: Any, opened: Callable[[Tensor], Tensor]
) -> tuple[Tensor, Any]:
    """The records of files, which may be named by a dataset; `opened` is called in a function."""
    specs = TensorSpec([], string)
    files = filenames
    if not isinstance(filenames, Dataset):
        files = Dataset.from_tensor_slices(names_of_files(filenames))

    def read_one_file(name: Tensor) -> Dataset:
        return DatasetV1Adapter(opened(array.reshape(name, [1])), specs)

    if num_parallel_reads is None:
        found = files.flat_map(read_one_file)
    else:
        found = files.apply(parallel_interleave(read_one_file, num_parallel_reads))
    return found.variant_tensor, specs


class TextLineDatasetV1(Dataset):
    """The lines of text files, without the ends of lines.

    Source: TensorFlow 1.15 `tf.data.TextLineDataset`.
    """

    def __init__(
        self,
        filenames: Any,
        compression_type: TensorLike = None,
        buffer_size: TensorLike = None,
        num_parallel_reads: TensorLike = None,
    ) -> None:
        """Makes the dataset.

        Args:
          filenames: scalar or vector, string; or a dataset of such scalars.
          compression_type: '', 'ZLIB' or 'GZIP'.
          buffer_size: bytes that are read at a time.
          num_parallel_reads: of so many files records are given in turn.
        """

        def opened(names: Tensor) -> Tensor:
            compression = optional(compression_type, "", string, "compression_type")
            size = optional(buffer_size, 256 * 1024, int64, "buffer_size")
            made: Tensor = build("TextLineDataset", names, compression, size)
            return made

        super().__init__(*_of_files(filenames, num_parallel_reads, opened))


class TFRecordDatasetV1(Dataset):
    """The records of TFRecord files.

    Source: TensorFlow 1.15 `tf.data.TFRecordDataset`.
    """

    def __init__(
        self,
        filenames: Any,
        compression_type: TensorLike = None,
        buffer_size: TensorLike = None,
        num_parallel_reads: TensorLike = None,
    ) -> None:
        """Makes the dataset; the arguments are those of `TextLineDataset`."""

        def opened(names: Tensor) -> Tensor:
            compression = optional(compression_type, "", string, "compression_type")
            size = optional(buffer_size, 256 * 1024, int64, "buffer_size")
            made: Tensor = build("TFRecordDataset", names, compression, size)
            return made

        super().__init__(*_of_files(filenames, num_parallel_reads, opened))


class FixedLengthRecordDatasetV1(Dataset):
    """The records of one length of binary files.

    Source: TensorFlow 1.15 `tf.data.FixedLengthRecordDataset`.
    """

    def __init__(
        self,
        filenames: Any,
        record_bytes: TensorLike,
        header_bytes: TensorLike = None,
        footer_bytes: TensorLike = None,
        buffer_size: TensorLike = None,
        compression_type: TensorLike = None,
        num_parallel_reads: TensorLike = None,
    ) -> None:
        """Makes the dataset.

        Args:
          filenames: scalar or vector, string; or a dataset of such scalars.
          record_bytes: the length of a record.
          header_bytes: left out at the beginning of each file.
          footer_bytes: left out at its end.
          buffer_size: bytes that are read at a time.
          compression_type: '', 'ZLIB' or 'GZIP'.
          num_parallel_reads: of so many files records are given in turn.
        """

        def opened(names: Tensor) -> Tensor:
            numbers = [
                optional(header_bytes, 0, int64, "header_bytes"),
                optional(record_bytes, None, int64, "record_bytes"),
                optional(footer_bytes, 0, int64, "footer_bytes"),
                optional(buffer_size, 256 * 1024, int64, "buffer_size"),
            ]
            compression = optional(compression_type, "", string, "compression_type")
            made: Tensor = build("FixedLengthRecordDatasetV2", names, *numbers, compression)
            return made

        super().__init__(*_of_files(filenames, num_parallel_reads, opened))


TextLineDataset = TextLineDatasetV1
TFRecordDataset = TFRecordDatasetV1
FixedLengthRecordDataset = FixedLengthRecordDatasetV1
