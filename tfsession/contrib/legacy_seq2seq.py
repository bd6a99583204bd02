"""`tf.contrib.legacy_seq2seq`."""

from __future__ import annotations

from tfsession.names.absent import explain_in as _explain_in
from tfsession.names.paths import register as _register
from tfsession.rnn.legacy_seq2seq import (
    attention_decoder as attention_decoder,
    basic_rnn_seq2seq as basic_rnn_seq2seq,
    embedding_attention_decoder as embedding_attention_decoder,
    embedding_attention_seq2seq as embedding_attention_seq2seq,
    embedding_rnn_decoder as embedding_rnn_decoder,
    embedding_rnn_seq2seq as embedding_rnn_seq2seq,
    embedding_tied_rnn_seq2seq as embedding_tied_rnn_seq2seq,
    model_with_buckets as model_with_buckets,
    one2many_rnn_seq2seq as one2many_rnn_seq2seq,
    rnn_decoder as rnn_decoder,
    sequence_loss as sequence_loss,
    sequence_loss_by_example as sequence_loss_by_example,
    tied_rnn_seq2seq as tied_rnn_seq2seq,
)

_explain_in(__name__)

#: Below this module there is what is registered here.
__path__: list[str] = []

# Scripts also import from the file in which TensorFlow defines these.
_register(
    __name__,
    {
        "python.ops.seq2seq": (
            "rnn.legacy_seq2seq rnn.legacy_seq2seq:_extract_argmax_and_embed=_embedding_of_last"
        )
    },
)
