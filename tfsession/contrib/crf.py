"""`tf.contrib.crf`."""

from __future__ import annotations

from tfsession.names.absent import explain_in as _explain_in
from tfsession.names.paths import register as _register
from tfsession.rnn.crf import (
    CrfDecodeBackwardRnnCell as CrfDecodeBackwardRnnCell,
    CrfDecodeForwardRnnCell as CrfDecodeForwardRnnCell,
    CrfForwardRnnCell as CrfForwardRnnCell,
    crf_binary_score as crf_binary_score,
    crf_decode as crf_decode,
    crf_log_likelihood as crf_log_likelihood,
    crf_log_norm as crf_log_norm,
    crf_multitag_sequence_score as crf_multitag_sequence_score,
    crf_sequence_score as crf_sequence_score,
    crf_unary_score as crf_unary_score,
    viterbi_decode as viterbi_decode,
)

_explain_in(__name__)

#: Below this module there is what is registered here.
__path__: list[str] = []

# Scripts also import from the file in which TensorFlow defines these.
_register(__name__, {"python.ops.crf": "rnn.crf"})
