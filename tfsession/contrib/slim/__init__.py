"""`tf.contrib.slim`: models in few lines."""

import importlib as _importlib

from tfsession.contrib import losses as losses, metrics as metrics
from tfsession.contrib.framework import *
from tfsession.contrib.framework.scopes import *
from tfsession.contrib.layers import *
from tfsession.contrib.layers.convolutional import pool as pool
from tfsession.contrib.layers.optimizers import adaptive_clipping_fn as adaptive_clipping_fn
from tfsession.contrib.layers.summaries import (
    summarize_biases as summarize_biases,
    summarize_variables as summarize_variables,
    summarize_weights as summarize_weights,
)
from tfsession.contrib.slim import (
    dataset as dataset,
    dataset_data_provider as dataset_data_provider,
    evaluation as evaluation,
    learning as learning,
    model_analyzer as model_analyzer,
    parallel_reader as parallel_reader,
    prefetch_queue as prefetch_queue,
    queues as queues,
    tfexample_decoder as tfexample_decoder,
)
from tfsession.names.absent import explain_in as _explain_in
from tfsession.names.paths import register as _register

_NETS = {
    "alexnet": "contrib.slim.sequential",
    "inception": "contrib.slim.inception",
    "inception_v1": "contrib.slim.inception contrib.slim.sequential:trunc_normal",
    "overfeat": "contrib.slim.sequential",
    "resnet_utils": (
        "contrib.slim.resnet:Block,conv2d_same,resnet_arg_scope,stack_blocks_dense,subsample"
    ),
    "resnet_v1": "contrib.slim.resnet contrib.slim.resnet:bottleneck=bottleneck_v1",
    "resnet_v2": "contrib.slim.resnet contrib.slim.resnet:bottleneck=bottleneck_v2",
    "vgg": "contrib.slim.sequential",
}

# Scripts also import from the files in which TensorFlow defines these.
_register(
    __name__,
    {
        "python.slim": "contrib.slim",
        "python.slim.data.data_decoder": "contrib.slim.tfexample_decoder:DataDecoder",
        "python.slim.data.dataset": "contrib.slim.dataset",
        "python.slim.data.data_provider": "contrib.slim.dataset_data_provider:DataProvider",
        "python.slim.data.dataset_data_provider": "contrib.slim.dataset_data_provider",
        "python.slim.data.parallel_reader": "contrib.slim.parallel_reader",
        "python.slim.data.prefetch_queue": "contrib.slim.prefetch_queue",
        "python.slim.data.tfexample_decoder": "contrib.slim.tfexample_decoder",
        "python.slim.evaluation": "contrib.slim.evaluation",
        "python.slim.learning": "contrib.slim.learning",
        "python.slim.model_analyzer": "contrib.slim.model_analyzer",
        "python.slim.queues": "contrib.slim.queues",
    }
    | {f"python.slim.nets.{name}": sources for name, sources in _NETS.items()}
    | {f"nets.{name}": sources for name, sources in _NETS.items()},
)


# In TensorFlow, it is the module of this path.
utils = _importlib.import_module("tfsession.contrib.layers.python.layers.utils")

_explain_in(__name__)
