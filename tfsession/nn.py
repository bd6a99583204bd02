"""`tf.nn`. What `tfsession.names.late` has of it loads with its first use."""

import typing as _typing

from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.activation import *
from tfsession.ops.convolution import *
from tfsession.ops.depthwise import *
from tfsession.ops.math import sigmoid as sigmoid, tanh as tanh
from tfsession.ops.nn import *
from tfsession.ops.normalization import *
from tfsession.ops.pooling import *
from tfsession.ops.rearrange import (
    depth_to_space as depth_to_space,
    space_to_batch as space_to_batch,
    space_to_depth as space_to_depth,
)
from tfsession.ops.softmax import *
from tfsession.variables.embedding import *

if _typing.TYPE_CHECKING:
    from tfsession.ops.average_loss import (
        compute_average_loss as compute_average_loss,
        scale_regularization_loss as scale_regularization_loss,
    )
    from tfsession.ops.candidates import *
    from tfsession.ops.ctc import *
    from tfsession.ops.fractional_pooling import (
        fractional_avg_pool as fractional_avg_pool,
        fractional_max_pool as fractional_max_pool,
    )
    from tfsession.ops.morphology import (
        dilation2d as dilation2d,
        erosion2d as erosion2d,
    )
    from tfsession.ops.space_to_batch import (
        with_space_to_batch as with_space_to_batch,
    )
    from tfsession.rnn import rnn_cell as rnn_cell
    from tfsession.rnn.dynamic import *
    from tfsession.rnn.unroll import *
    from tfsession.variables.sampled_losses import *

_explain_in(__name__)
