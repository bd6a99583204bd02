"""`tf.sets`."""

from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.sets import (
    difference as difference,
    intersection as intersection,
    set_difference as set_difference,
    set_intersection as set_intersection,
    set_size as set_size,
    set_union as set_union,
    size as size,
    union as union,
)

_explain_in(__name__)
