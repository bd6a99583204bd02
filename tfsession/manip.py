"""`tf.manip`."""

from tfsession.ops.array import reshape
from tfsession.ops.indexing import gather_nd, scatter_nd
from tfsession.ops.rearrange import (
    batch_to_space_nd,
    reverse,
    roll,
    space_to_batch_nd,
    tile,
)

__all__ = [
    "batch_to_space_nd",
    "gather_nd",
    "reshape",
    "reverse",
    "roll",
    "scatter_nd",
    "space_to_batch_nd",
    "tile",
]
