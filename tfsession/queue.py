"""`tf.queue`."""

from tfsession.queues import *
