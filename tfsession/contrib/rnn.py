"""`tf.contrib.rnn`."""

from __future__ import annotations

from tfsession.names.absent import explain_in as _explain_in
from tfsession.names.paths import register as _register
from tfsession.rnn import states as _states
from tfsession.rnn.block_cells import (
    GRUBlockCell as GRUBlockCell,
    GRUBlockCellV2 as GRUBlockCellV2,
    LSTMBlockCell as LSTMBlockCell,
)
from tfsession.rnn.cell import LayerRNNCell as LayerRNNCell
from tfsession.rnn.dynamic import transpose_batch_time as transpose_batch_time
from tfsession.rnn.fused import (
    FusedRNNCell as FusedRNNCell,
    FusedRNNCellAdaptor as FusedRNNCellAdaptor,
    TimeReversedFusedRNN as TimeReversedFusedRNN,
)
from tfsession.rnn.gated_cells import (
    IndRNNCell as IndRNNCell,
    IndyGRUCell as IndyGRUCell,
    IntersectionRNNCell as IntersectionRNNCell,
    SRUCell as SRUCell,
    UGRNNCell as UGRNNCell,
)
from tfsession.rnn.lstm_cells import (
    Conv1DLSTMCell as Conv1DLSTMCell,
    Conv2DLSTMCell as Conv2DLSTMCell,
    Conv3DLSTMCell as Conv3DLSTMCell,
    ConvLSTMCell as ConvLSTMCell,
    CoupledInputForgetGateLSTMCell as CoupledInputForgetGateLSTMCell,
    GLSTMCell as GLSTMCell,
    IndyLSTMCell as IndyLSTMCell,
    LayerNormBasicLSTMCell as LayerNormBasicLSTMCell,
    NASCell as NASCell,
)
from tfsession.rnn.projections import (
    AttentionCellWrapper as AttentionCellWrapper,
    EmbeddingWrapper as EmbeddingWrapper,
    HighwayWrapper as HighwayWrapper,
    InputProjectionWrapper as InputProjectionWrapper,
    OutputProjectionWrapper as OutputProjectionWrapper,
)
from tfsession.rnn.rnn_cell import (
    BasicLSTMCell as BasicLSTMCell,
    BasicRNNCell as BasicRNNCell,
    DeviceWrapper as DeviceWrapper,
    DropoutWrapper as DropoutWrapper,
    GRUCell as GRUCell,
    LSTMCell as LSTMCell,
    LSTMStateTuple as LSTMStateTuple,
    MultiRNNCell as MultiRNNCell,
    ResidualWrapper as ResidualWrapper,
    RNNCell as RNNCell,
)
from tfsession.rnn.stacks import (
    stack_bidirectional_dynamic_rnn as stack_bidirectional_dynamic_rnn,
    stack_bidirectional_rnn as stack_bidirectional_rnn,
)
from tfsession.rnn.unroll import (
    static_bidirectional_rnn as static_bidirectional_rnn,
    static_rnn as static_rnn,
    static_state_saving_rnn as static_state_saving_rnn,
)

best_effort_input_batch_size = _states.batch_size_of

_explain_in(__name__)

#: Below this module there is what is registered here.
__path__: list[str] = []

# Scripts also import cells from the files in which TensorFlow defines them.
_register(
    __name__,
    {
        "python.ops.core_rnn": "nn:static_rnn,static_bidirectional_rnn,static_state_saving_rnn",
        "python.ops.core_rnn_cell": (
            "contrib.rnn rnn.linear:_linear=linear,_Linear=Linear,_BIAS_VARIABLE_NAME=BIAS"
            ",_WEIGHTS_VARIABLE_NAME=KERNEL rnn.states:_zero_state_tensors=zero_state_of"
        ),
        "python.ops.core_rnn_cell_impl": "contrib.rnn rnn.linear:_linear=linear,_Linear=Linear",
        "python.ops.fused_rnn_cell": "rnn.fused",
        "python.ops.gru_ops": "rnn.block_cells:GRUBlockCell,GRUBlockCellV2",
        "python.ops.lstm_ops": "rnn.block_cells:LSTMBlockCell",
        "python.ops.rnn": "rnn.stacks nn:dynamic_rnn",
        "python.ops.rnn_cell": "contrib.rnn rnn.linear:_linear=linear,_Linear=Linear",
    },
)
