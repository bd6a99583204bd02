"""`tf.io`."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from tfsession.formats.tfrecord import *
from tfsession.graph.graph_def import write_graph as write_graph
from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.io import (
    matching_files as matching_files,
    read_file as read_file,
    write_file as write_file,
)
from tfsession.ops.parsing import *
from tfsession.ops.parsing import parse_sequence_example as parse_sequence_example
from tfsession.ops.queue import (
    PaddingFIFOQueue as PaddingFIFOQueue,
    PriorityQueue as PriorityQueue,
    QueueBase as QueueBase,
    RandomShuffleQueue as RandomShuffleQueue,
)
from tfsession.ops.serialization import (
    deserialize_many_sparse as deserialize_many_sparse,
    serialize_many_sparse as serialize_many_sparse,
    serialize_sparse as serialize_sparse,
)
from tfsession.ops.strings import (
    decode_base64 as decode_base64,
    decode_raw as decode_raw,
    encode_base64 as encode_base64,
)
from tfsession.train.producers import match_filenames_once as match_filenames_once

# Type checkers do not see what loads late.
if _TYPE_CHECKING:
    from tfsession.io import gfile as gfile
    from tfsession.ops.compression import (
        decode_compressed as decode_compressed,
    )
    from tfsession.ops.image_files import (
        decode_and_crop_jpeg as decode_and_crop_jpeg,
        decode_bmp as decode_bmp,
        decode_gif as decode_gif,
        decode_image as decode_image,
        decode_jpeg as decode_jpeg,
        decode_png as decode_png,
        encode_jpeg as encode_jpeg,
        encode_png as encode_png,
        extract_jpeg_shape as extract_jpeg_shape,
        is_jpeg as is_jpeg,
    )

_explain_in(__name__)
