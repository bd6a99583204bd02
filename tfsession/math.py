"""`tf.math`."""

from tfsession.names.absent import getattr_of as _getattr_of
from tfsession.ops.activation import softplus, softsign
from tfsession.ops.check import is_non_decreasing, is_strictly_increasing
from tfsession.ops.confusion import confusion_matrix
from tfsession.ops.math import *
from tfsession.ops.nn import in_top_k, l2_normalize, top_k, zero_fraction
from tfsession.ops.rearrange import invert_permutation
from tfsession.ops.reduction import *
from tfsession.ops.softmax import log_softmax, softmax
from tfsession.ops.special import *

__getattr__ = _getattr_of(__name__)
