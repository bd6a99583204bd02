# Written by tfsession/python/stubs.py.
from tfsession.rnn.dynamic import dynamic_rnn as dynamic_rnn
from tfsession.rnn.dynamic import bidirectional_dynamic_rnn as bidirectional_dynamic_rnn
from tfsession.rnn.dynamic import raw_rnn as raw_rnn
from tfsession.rnn.dynamic import transpose_batch_time as _transpose_batch_time
_transpose_batch_time = _transpose_batch_time
from tfsession.rnn.unroll import static_rnn as static_rnn
from tfsession.rnn.unroll import static_state_saving_rnn as static_state_saving_rnn
from tfsession.rnn.unroll import static_bidirectional_rnn as static_bidirectional_rnn
from tfsession.rnn.states import batch_size_of as _batch_size_of
_best_effort_input_batch_size = _batch_size_of
from tfsession.rnn.states import state_dtype as _state_dtype
_infer_state_dtype = _state_dtype
