"""`tf.io`."""

from tfsession.formats.tfrecord import *
from tfsession.gfile import FastGFile, GFile
from tfsession.graph_def import write_graph
from tfsession.ops.io import *
from tfsession.ops.parsing import *
from tfsession.ops.parsing import parse_sequence_example
from tfsession.ops.strings import decode_base64, decode_raw, encode_base64
from tfsession.train.input import match_filenames_once
