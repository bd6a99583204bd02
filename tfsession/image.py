"""`tf.image`."""

from tfsession.names.absent import getattr_of as _getattr_of
from tfsession.ops.image import *
from tfsession.ops.resize import *

__getattr__ = _getattr_of(__name__)
