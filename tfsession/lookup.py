"""`tf.lookup`, and the tables of `tf.contrib.lookup`."""

from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.lookup import *

_explain_in(__name__)
