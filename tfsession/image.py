"""`tf.image`."""

from tfsession.ops.image import *
from tfsession.ops.resize import *
