"""`tf.contrib.seq2seq`."""

from __future__ import annotations

from tfsession.names.absent import explain_in as _explain_in
from tfsession.names.paths import register as _register
from tfsession.rnn.attention import (
    AttentionMechanism as AttentionMechanism,
    AttentionWrapper as AttentionWrapper,
    AttentionWrapperState as AttentionWrapperState,
    BahdanauAttention as BahdanauAttention,
    BahdanauMonotonicAttention as BahdanauMonotonicAttention,
    LuongAttention as LuongAttention,
    LuongMonotonicAttention as LuongMonotonicAttention,
    hardmax as hardmax,
    monotonic_attention as monotonic_attention,
    safe_cumprod as safe_cumprod,
)
from tfsession.rnn.beam_search import (
    BeamSearchDecoder as BeamSearchDecoder,
    BeamSearchDecoderOutput as BeamSearchDecoderOutput,
    BeamSearchDecoderState as BeamSearchDecoderState,
    FinalBeamSearchDecoderOutput as FinalBeamSearchDecoderOutput,
    gather_tree as gather_tree,
    tile_batch as tile_batch,
)
from tfsession.rnn.decoder import (
    BasicDecoder as BasicDecoder,
    BasicDecoderOutput as BasicDecoderOutput,
    Decoder as Decoder,
    dynamic_decode as dynamic_decode,
)
from tfsession.rnn.decoder_inputs import (
    CustomHelper as CustomHelper,
    GreedyEmbeddingHelper as GreedyEmbeddingHelper,
    Helper as Helper,
    InferenceHelper as InferenceHelper,
    SampleEmbeddingHelper as SampleEmbeddingHelper,
    ScheduledEmbeddingTrainingHelper as ScheduledEmbeddingTrainingHelper,
    ScheduledOutputTrainingHelper as ScheduledOutputTrainingHelper,
    TrainingHelper as TrainingHelper,
)
from tfsession.rnn.sequence_loss import sequence_loss as sequence_loss

_explain_in(__name__)

#: Below this module there is what is registered here.
__path__: list[str] = []

# Scripts also import from the files in which TensorFlow defines these.
_register(
    __name__,
    {
        "python.ops.attention_wrapper": (
            "rnn.attention"
            " rnn.attention:_BaseAttentionMechanism=MemoryAttention,_bahdanau_score,_luong_score"
            ",_compute_attention=_attention,_maybe_mask_score=_masked,_prepare_memory=_prepared"
        ),
        "python.ops.basic_decoder": "rnn.decoder:BasicDecoder,BasicDecoderOutput",
        "python.ops.beam_search_decoder": "rnn.beam_search",
        "python.ops.beam_search_ops": "rnn.beam_search:gather_tree",
        "python.ops.decoder": "rnn.decoder:Decoder,dynamic_decode",
        "python.ops.helper": "rnn.decoder_inputs",
        "python.ops.loss": "rnn.sequence_loss",
    },
)
