"""`tf.random`."""

from tfsession.graph.scopes import set_random_seed
from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.random import (
    categorical,
    multinomial,
    random_gamma as gamma,
    random_normal as normal,
    random_shuffle as shuffle,
    random_uniform as uniform,
    truncated_normal,
)

_explain_in(__name__)

__all__ = [
    "categorical",
    "gamma",
    "multinomial",
    "normal",
    "set_random_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
]
