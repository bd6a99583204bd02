"""`tf.random`."""

from tfsession.graph.scopes import set_random_seed
from tfsession.names.absent import getattr_of as _getattr_of
from tfsession.ops.random import categorical, multinomial, truncated_normal
from tfsession.ops.random import random_gamma as gamma
from tfsession.ops.random import random_normal as normal
from tfsession.ops.random import random_shuffle as shuffle
from tfsession.ops.random import random_uniform as uniform

__getattr__ = _getattr_of(__name__)

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
