"""`tf.train`: what users add to a graph to train it."""

from tfsession.train.adagrad import AdadeltaOptimizer, AdagradOptimizer, FtrlOptimizer
from tfsession.train.adam import AdamOptimizer
from tfsession.train.gradient_descent import GradientDescentOptimizer
from tfsession.train.learning_rate_decay import (
    cosine_decay,
    cosine_decay_restarts,
    exponential_decay,
    inverse_time_decay,
    linear_cosine_decay,
    natural_exp_decay,
    piecewise_constant,
    piecewise_constant_decay,
    polynomial_decay,
)
from tfsession.train.momentum import MomentumOptimizer
from tfsession.train.moving_averages import ExponentialMovingAverage
from tfsession.train.optimizer import Optimizer
from tfsession.train.rmsprop import RMSPropOptimizer
from tfsession.train.training_step import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
    global_step,
)

__all__ = [
    "AdadeltaOptimizer",
    "AdagradOptimizer",
    "AdamOptimizer",
    "ExponentialMovingAverage",
    "FtrlOptimizer",
    "GradientDescentOptimizer",
    "MomentumOptimizer",
    "Optimizer",
    "RMSPropOptimizer",
    "assert_global_step",
    "cosine_decay",
    "cosine_decay_restarts",
    "create_global_step",
    "exponential_decay",
    "get_global_step",
    "get_or_create_global_step",
    "global_step",
    "inverse_time_decay",
    "linear_cosine_decay",
    "natural_exp_decay",
    "piecewise_constant",
    "piecewise_constant_decay",
    "polynomial_decay",
]
