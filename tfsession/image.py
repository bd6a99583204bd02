"""`tf.image`."""

from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.image import *
from tfsession.ops.resize import *

_explain_in(__name__)
