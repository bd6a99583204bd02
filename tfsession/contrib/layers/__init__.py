"""`tf.contrib.layers`: layers, initializers, regularizers, summaries and training steps."""

from tfsession.contrib.layers.convolutional import (
    avg_pool2d as avg_pool2d,
    avg_pool3d as avg_pool3d,
    conv1d as conv1d,
    conv2d as conv2d,
    conv2d_in_plane as conv2d_in_plane,
    conv2d_transpose as conv2d_transpose,
    conv3d as conv3d,
    conv3d_transpose as conv3d_transpose,
    convolution as convolution,
    convolution1d as convolution1d,
    convolution2d as convolution2d,
    convolution2d_in_plane as convolution2d_in_plane,
    convolution2d_transpose as convolution2d_transpose,
    convolution3d as convolution3d,
    convolution3d_transpose as convolution3d_transpose,
    max_pool2d as max_pool2d,
    max_pool3d as max_pool3d,
    separable_conv2d as separable_conv2d,
    separable_convolution2d as separable_convolution2d,
)
from tfsession.contrib.layers.dense import *
from tfsession.contrib.layers.embedding import *
from tfsession.contrib.layers.initializers import *
from tfsession.contrib.layers.normalization import *
from tfsession.contrib.layers.optimizers import (
    OPTIMIZER_CLS_NAMES as OPTIMIZER_CLS_NAMES,
    OPTIMIZER_SUMMARIES as OPTIMIZER_SUMMARIES,
    optimize_loss as optimize_loss,
)
from tfsession.contrib.layers.summaries import (
    summarize_activation as summarize_activation,
    summarize_activations as summarize_activations,
    summarize_collection as summarize_collection,
    summarize_tensor as summarize_tensor,
    summarize_tensors as summarize_tensors,
)
from tfsession.names.absent import explain_in as _explain_in
from tfsession.names.paths import register as _register
from tfsession.variables.embedding import (
    safe_embedding_lookup_sparse as safe_embedding_lookup_sparse,
)
from tfsession.variables.regularizers import (
    apply_regularization as apply_regularization,
    l1_l2_regularizer as l1_l2_regularizer,
    l1_regularizer as l1_regularizer,
    l2_regularizer as l2_regularizer,
    sum_regularizer as sum_regularizer,
)

# Scripts also import from the files in which TensorFlow defines these.
_register(
    __name__,
    {
        "python.layers": "contrib.layers",
        "python.layers.embedding_ops": "contrib.layers",
        "python.layers.encoders": "contrib.layers.embedding",
        "python.layers.initializers": "contrib.layers.initializers",
        "python.layers.layers": (
            "contrib.layers contrib.layers.convolutional"
            " contrib.layers.outputs:_build_variable_getter=renaming_getter"
            ",_add_variable_to_collections=add_to_collections"
        ),
        "python.layers.normalization": "contrib.layers.normalization",
        "python.layers.optimizers": "contrib.layers.optimizers",
        "python.layers.regularizers": "contrib.layers",
        "python.layers.summaries": "contrib.layers.summaries",
        "python.layers.utils": "contrib.layers.outputs",
        "python.ops": "contrib.layers",
    },
)

_explain_in(__name__)
