"""`tf.io`."""

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
from tfsession.ops.strings import (
    decode_base64 as decode_base64,
    decode_raw as decode_raw,
    encode_base64 as encode_base64,
)
from tfsession.train.producers import match_filenames_once as match_filenames_once

_explain_in(__name__)
