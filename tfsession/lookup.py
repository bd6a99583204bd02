"""`tf.lookup`, and the tables of `tf.contrib.lookup`."""

from tfsession.names.absent import getattr_of as _getattr_of
from tfsession.ops.lookup import *

__getattr__ = _getattr_of(__name__)
