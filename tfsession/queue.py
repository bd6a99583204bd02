"""`tf.queue`."""

from tfsession.ops.queue import *
