"""`tf.nn`."""

from tfsession.names.absent import getattr_of as _getattr_of
from tfsession.ops.activation import *
from tfsession.ops.convolution import *
from tfsession.ops.depthwise import *
from tfsession.ops.math import log_sigmoid, sigmoid, tanh
from tfsession.ops.nn import *
from tfsession.ops.normalization import *
from tfsession.ops.pooling import *
from tfsession.ops.rearrange import (
    batch_to_space,
    depth_to_space,
    space_to_batch,
    space_to_depth,
)
from tfsession.ops.softmax import *
from tfsession.variables.embedding import *

__getattr__ = _getattr_of(__name__)
