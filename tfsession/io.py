"""`tf.io`."""

from tfsession.formats.tfrecord import *
from tfsession.gfile import FastGFile, GFile
from tfsession.graph.graph_def import write_graph
from tfsession.names.absent import getattr_of as _getattr_of
from tfsession.ops.io import *
from tfsession.ops.parsing import *
from tfsession.ops.parsing import parse_sequence_example
from tfsession.ops.strings import decode_base64, decode_raw, encode_base64
from tfsession.train.producers import match_filenames_once

__getattr__ = _getattr_of(__name__)
