"""`tf.contrib.slim`: models in few lines."""

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
from tfsession.names.absent import explain_in as _explain_in

_explain_in(__name__)
