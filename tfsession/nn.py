"""`tf.nn`."""

from tfsession.ops.convolution import *
from tfsession.ops.embedding import *
from tfsession.ops.math import log_sigmoid, sigmoid, tanh
from tfsession.ops.nn import *
