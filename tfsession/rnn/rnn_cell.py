"""`tf.nn.rnn_cell`."""

from tfsession.names.absent import explain_in as _explain_in
from tfsession.rnn.cell import RNNCell as RNNCell
from tfsession.rnn.cells import (
    BasicLSTMCell as BasicLSTMCell,
    BasicRNNCell as BasicRNNCell,
    GRUCell as GRUCell,
    LSTMCell as LSTMCell,
)
from tfsession.rnn.states import LSTMStateTuple as LSTMStateTuple
from tfsession.rnn.wrappers import (
    DeviceWrapper as DeviceWrapper,
    DropoutWrapper as DropoutWrapper,
    MultiRNNCell as MultiRNNCell,
    ResidualWrapper as ResidualWrapper,
)

_explain_in(__name__)
