"""`tf.contrib.seq2seq`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.recurrent.outcome import sequences

LENGTHS = [5, 3, 2, 1]


def memory(tf: Any) -> Any:
    """What attention looks at, of shape [4, 6, 2]."""
    return tf.constant(np.sin(np.arange(48)).reshape(4, 6, 2).astype("float32"))


def table(tf: Any) -> Any:
    """Rows for six ids, of shape [6, 3]."""
    return tf.constant(np.sin(np.arange(18) * 1.7).reshape(6, 3).astype("float32"))


def decode(tf: Any, cell: Any, helper: Any, layer: Any = None, **arguments: Any) -> Any:
    """What a BasicDecoder makes of a helper's inputs."""
    seq2seq = tf.contrib.seq2seq
    decoder = seq2seq.BasicDecoder(cell, helper, cell.zero_state(4, tf.float32), layer)
    return seq2seq.dynamic_decode(decoder, **arguments)


def training_of_unknown_size(tf: Any) -> Any:
    """Numbers of steps and sequences that are known only while the graph runs."""
    inputs = tf.placeholder_with_default(sequences(tf), [None, None, 3])
    lengths = tf.placeholder_with_default(LENGTHS, [None])
    seq2seq = tf.contrib.seq2seq
    cell = tf.nn.rnn_cell.GRUCell(3)
    helper = seq2seq.TrainingHelper(inputs, lengths)
    state = cell.zero_state(tf.size(lengths), tf.float32)
    decoder = seq2seq.BasicDecoder(cell, helper, state)
    return seq2seq.dynamic_decode(
        decoder, impute_finished=True, maximum_iterations=tf.reduce_max(lengths), scope="net"
    )


def greedy(tf: Any) -> Any:
    """The most likely id as the next input."""
    helper = tf.contrib.seq2seq.GreedyEmbeddingHelper(table(tf), tf.fill([4], 1), 2)
    layer = tf.layers.Dense(6, use_bias=False)
    cell = tf.nn.rnn_cell.LSTMCell(3)
    return decode(tf, cell, helper, layer, maximum_iterations=7, impute_finished=True)


def inference(tf: Any) -> Any:
    """The output as the next input."""
    helper = tf.contrib.seq2seq.InferenceHelper(
        lambda outputs: outputs,
        [3],
        tf.float32,
        tf.zeros([4, 3]),
        lambda chosen: tf.reduce_sum(chosen, 1) > 100,
    )
    return decode(tf, tf.nn.rnn_cell.GRUCell(3), helper, maximum_iterations=4)


def custom(tf: Any) -> Any:
    """A helper of functions."""
    helper = tf.contrib.seq2seq.CustomHelper(
        lambda: (tf.tile([False], [4]), tf.zeros([4, 3])),
        lambda time, outputs, state: tf.argmax(outputs, 1, output_type=tf.int32),
        lambda time, outputs, state, sample_ids: (tf.fill([4], time >= 3), outputs, state),
    )
    return decode(tf, tf.nn.rnn_cell.GRUCell(3), helper)


def attend(tf: Any, mechanism: Any, cell: Any = None, **arguments: Any) -> Any:
    """A step of a cell with attention."""
    cell = cell or tf.nn.rnn_cell.LSTMCell(3)
    cell = tf.contrib.seq2seq.AttentionWrapper(cell, mechanism, **arguments)
    output, state = cell(sequences(tf)[:, 0], cell.zero_state(4, tf.float32))
    return output, state.alignments, state.attention, state.cell_state, state.time


def normalized(tf: Any) -> Any:
    """Bahdanau's attention with all that it can have."""
    seq2seq = tf.contrib.seq2seq
    mechanism = seq2seq.BahdanauAttention(
        5,
        memory(tf),
        tf.placeholder_with_default([6, 3, 2, 1], [None]),
        normalize=True,
        probability_fn=seq2seq.hardmax,
        score_mask_value=-9.0,
    )
    cell = tf.nn.rnn_cell.GRUCell(3)
    return attend(tf, mechanism, cell, cell_input_fn=lambda inputs, _: inputs)


def several(tf: Any) -> Any:
    """Two mechanisms, whose alignments are kept."""
    seq2seq = tf.contrib.seq2seq
    mechanisms = [
        seq2seq.LuongAttention(3, memory(tf)),
        seq2seq.BahdanauAttention(5, memory(tf)),
    ]
    cell = seq2seq.AttentionWrapper(
        tf.nn.rnn_cell.LSTMCell(3),
        mechanisms,
        attention_layer_size=[4, 2],
        alignment_history=True,
    )
    output, state = cell(sequences(tf)[:, 0], cell.zero_state(4, tf.float32))
    return output, state.alignments, [array.stack() for array in state.alignment_history]


def cloned(tf: Any) -> Any:
    """A first state that is given, and a layer."""
    seq2seq = tf.contrib.seq2seq
    inner = tf.nn.rnn_cell.LSTMCell(3)
    cell = seq2seq.AttentionWrapper(
        inner,
        seq2seq.LuongAttention(3, memory(tf)),
        initial_cell_state=inner.zero_state(4, tf.float32),
        name="attending",
        attention_layer=tf.layers.Dense(2, activation=tf.tanh),
    )
    ones = tf.nn.rnn_cell.LSTMStateTuple(tf.ones([4, 3]), tf.ones([4, 3]))
    state = cell.zero_state(4, tf.float32).clone(cell_state=ones)
    output, _ = cell(sequences(tf)[:, 0], state)
    return output


def decoded_with_attention(tf: Any) -> Any:
    """A decoder that attends, with the history of where."""
    seq2seq = tf.contrib.seq2seq
    cell = seq2seq.AttentionWrapper(
        tf.nn.rnn_cell.LSTMCell(3),
        seq2seq.BahdanauAttention(4, memory(tf), [6, 3, 2, 1]),
        attention_layer_size=3,
        alignment_history=True,
    )
    helper = seq2seq.TrainingHelper(sequences(tf), LENGTHS)
    outputs, state, lengths = decode(tf, cell, helper, tf.layers.Dense(3), impute_finished=True)
    return outputs, state.alignment_history.stack(), lengths


def beam_search(tf: Any) -> Any:
    """The most likely sequences, longer ones preferred."""
    seq2seq = tf.contrib.seq2seq
    state = tf.nn.rnn_cell.LSTMStateTuple(memory(tf)[:, 0:3, 0], memory(tf)[:, 0:3, 1])
    decoder = seq2seq.BeamSearchDecoder(
        tf.nn.rnn_cell.LSTMCell(3),
        table(tf),
        tf.fill([4], 1),
        2,
        seq2seq.tile_batch(state, 3),
        3,
        tf.layers.Dense(6),
        length_penalty_weight=0.6,
    )
    return seq2seq.dynamic_decode(decoder, maximum_iterations=6)


def beam_search_with_attention(tf: Any) -> Any:
    """The most likely sequences, those that looked everywhere preferred."""
    seq2seq = tf.contrib.seq2seq
    cell = seq2seq.AttentionWrapper(
        tf.nn.rnn_cell.LSTMCell(3),
        seq2seq.LuongAttention(
            3, seq2seq.tile_batch(memory(tf), 2), seq2seq.tile_batch(tf.constant([6, 3, 2, 1]), 2)
        ),
        attention_layer_size=4,
    )
    decoder = seq2seq.BeamSearchDecoder(
        cell,
        table(tf),
        tf.fill([4], 1),
        2,
        cell.zero_state(8, tf.float32),
        2,
        tf.layers.Dense(6),
        coverage_penalty_weight=0.2,
    )
    outputs, state, lengths = seq2seq.dynamic_decode(decoder, maximum_iterations=6)
    return outputs, lengths, state.log_probs, state.lengths, state.accumulated_attention_probs


def beam_search_of_unknown_length(tf: Any) -> Any:
    """How long the memory is, and how many sequences there are, is known in the step."""
    seq2seq = tf.contrib.seq2seq
    known = memory(tf)
    unknown = tf.placeholder_with_default(known, [None, None, known.shape[2]])
    batch = tf.shape(unknown)[0]
    cell = seq2seq.AttentionWrapper(
        tf.nn.rnn_cell.LSTMCell(3),
        seq2seq.BahdanauAttention(3, seq2seq.tile_batch(unknown, 2)),
        attention_layer_size=4,
    )
    start = cell.zero_state(batch * 2, tf.float32)
    decoder = seq2seq.BeamSearchDecoder(
        cell, table(tf), tf.fill([batch], 1), 2, start, 2, tf.layers.Dense(6)
    )
    return seq2seq.dynamic_decode(decoder, maximum_iterations=6)


def losses(tf: Any) -> Any:
    """All kinds of means."""
    loss = tf.contrib.seq2seq.sequence_loss
    logits = tf.constant(np.sin(np.arange(24)).reshape(2, 3, 4).astype("float32"))
    targets = tf.constant([[1, 2, 3], [0, 1, 2]])
    weights = tf.constant([[1.0, 1, 0], [1, 0.5, 1]])
    return [
        loss(logits, targets, weights),
        loss(logits, targets, weights, average_across_batch=False),
        loss(logits, targets, weights, average_across_timesteps=False),
        loss(logits, targets, weights, False, False),
    ]


def sampled(tf: Any) -> Any:
    """Ids that are drawn; only numbers of a seed of its own can agree."""
    helper = tf.contrib.seq2seq.SampleEmbeddingHelper(
        table(tf), tf.fill([4], 1), 2, softmax_temperature=0.7, seed=5
    )
    layer = tf.layers.Dense(6, kernel_initializer=tf.ones_initializer())
    with tf.variable_scope("net", initializer=tf.ones_initializer()):
        cell = tf.nn.rnn_cell.GRUCell(3)
        outputs, _, lengths = decode(tf, cell, helper, layer, maximum_iterations=7)
    return outputs.sample_id, lengths


PROGRAMS = {
    "training": lambda tf: decode(
        tf,
        tf.nn.rnn_cell.LSTMCell(3),
        tf.contrib.seq2seq.TrainingHelper(sequences(tf), LENGTHS),
        tf.layers.Dense(4),
    ),
    "training_of_unknown_size": training_of_unknown_size,
    "training_time_major": lambda tf: decode(
        tf,
        tf.nn.rnn_cell.GRUCell(3),
        tf.contrib.seq2seq.TrainingHelper(
            tf.transpose(sequences(tf), [1, 0, 2]), tf.constant(LENGTHS), time_major=True
        ),
        output_time_major=True,
        maximum_iterations=3,
        impute_finished=True,
    ),
    "greedy": greedy,
    "inference": inference,
    "custom": custom,
    "luong": lambda tf: attend(
        tf, tf.contrib.seq2seq.LuongAttention(3, memory(tf)), attention_layer_size=4
    ),
    "luong_scaled": lambda tf: attend(
        tf,
        tf.contrib.seq2seq.LuongAttention(3, memory(tf), [6, 3, 2, 1], scale=True),
        output_attention=False,
    ),
    "bahdanau": lambda tf: attend(
        tf,
        tf.contrib.seq2seq.BahdanauAttention(5, memory(tf), [6, 3, 2, 1]),
        attention_layer_size=4,
    ),
    "normalized": normalized,
    "several": several,
    "cloned": cloned,
    "monotonic": lambda tf: attend(
        tf,
        tf.contrib.seq2seq.BahdanauMonotonicAttention(
            5,
            memory(tf),
            [6, 3, 2, 1],
            normalize=True,
            sigmoid_noise=0.5,
            sigmoid_noise_seed=3,
            score_bias_init=-0.3,
        ),
        attention_layer_size=4,
    ),
    "monotonic_hard": lambda tf: attend(
        tf, tf.contrib.seq2seq.LuongMonotonicAttention(3, memory(tf), scale=True, mode="hard")
    ),
    "monotonic_recursive": lambda tf: attend(
        tf, tf.contrib.seq2seq.LuongMonotonicAttention(3, memory(tf), mode="recursive")
    ),
    "decoded_with_attention": decoded_with_attention,
    "beam_search": beam_search,
    "beam_search_with_attention": beam_search_with_attention,
    "beam_search_of_unknown_length": beam_search_of_unknown_length,
    "tile_batch": lambda tf: tf.contrib.seq2seq.tile_batch(
        (tf.constant([[1], [2]]), tf.placeholder_with_default([1.0, 2.0], [None])), 3
    ),
    "losses": losses,
}

# TensorFlow makes more operations of a distribution that is sampled.
RESULTS_ONLY = {"sampled": sampled}
