"""`tf.python_io`."""

from tfsession.formats.tfrecord import *
