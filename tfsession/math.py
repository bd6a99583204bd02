"""`tf.math`."""

from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.activation import softplus as softplus, softsign as softsign
from tfsession.ops.check import (
    is_non_decreasing as is_non_decreasing,
    is_strictly_increasing as is_strictly_increasing,
)
from tfsession.ops.confusion import confusion_matrix as confusion_matrix
from tfsession.ops.math import *
from tfsession.ops.nn import (
    in_top_k as in_top_k,
    l2_normalize as l2_normalize,
    top_k as top_k,
    zero_fraction as zero_fraction,
)
from tfsession.ops.rearrange import invert_permutation as invert_permutation
from tfsession.ops.reduction import *
from tfsession.ops.softmax import log_softmax as log_softmax, softmax as softmax
from tfsession.ops.special import *

_explain_in(__name__)
