# Written by tfsession/python/stubs.py.
from tfsession.rnn.rnn_cell import *
from tfsession.rnn.cell import LayerRNNCell as LayerRNNCell
from tfsession.rnn.linear import BIAS as _BIAS
_BIAS_VARIABLE_NAME = _BIAS
from tfsession.rnn.linear import KERNEL as _KERNEL
_WEIGHTS_VARIABLE_NAME = _KERNEL
from tfsession.rnn.states import check_cell as _check_cell
assert_like_rnncell = _check_cell
from tfsession.rnn.states import zero_state_of as _zero_state_of
_zero_state_tensors = _zero_state_of
