"""Pre-trains a small BERT through TPUEstimator's interface, as programs of 2018 do.

The text counts: each sentence is a run of numbers, in steps of one or two, and the next sentence
goes on or does not. The network is to tell the numbers that are masked, and whether the second
sentence goes on. Examples lie in a TFRecord file, checkpoints in a folder that a second call
continues from. Prints what the evaluation finds: both accuracies are above 0.9.
"""

import argparse
import os
import tempfile

import numpy as np

import tfsession as tf

PAD, CLS, SEP, MASK = range(4)
FIRST, KINDS = 4, 12
VOCABULARY = FIRST + KINDS
LENGTH, MASKED = 16, 3
HIDDEN, HEADS, LAYERS = 32, 4, 2
INITIALIZER = tf.truncated_normal_initializer(stddev=0.1)


# ---- Examples ----


def example(random):
    """One tf.train.Example: [CLS] sentence [SEP] sentence [SEP], some of it masked."""
    step, start, size = random.randint(1, 3), random.randint(KINDS), 6
    first = start + step * np.arange(size)
    goes_on = random.randint(2)
    begin = first[-1] + step if goes_on else first[-1] + step + random.randint(1, KINDS)
    second = begin + step * np.arange(size)
    words = [CLS, *(first % KINDS + FIRST), SEP, *(second % KINDS + FIRST), SEP]
    positions = np.sort(random.choice(np.flatnonzero(np.array(words) >= FIRST), MASKED, False))
    labels = [words[position] for position in positions]
    for position in positions:
        words[position] = MASK
    padding = [PAD] * (LENGTH - len(words))
    features = {
        "input_ids": words + padding,
        "input_mask": [1] * len(words) + padding,
        "segment_ids": [0] * (size + 2) + [1] * (size + 1) + padding,
        "masked_lm_positions": positions,
        "masked_lm_ids": labels,
        "next_sentence_labels": [int(not goes_on)],
    }
    return tf.train.Example(
        features=tf.train.Features(
            feature={
                name: tf.train.Feature(int64_list=tf.train.Int64List(value=values))
                for name, values in features.items()
            }
        )
    )


def write_examples(path, seed, count=1000):
    random = np.random.RandomState(seed)
    with tf.python_io.TFRecordWriter(path) as writer:
        for _ in range(count):
            writer.write(example(random).SerializeToString())


def input_fn_builder(path, is_training):
    lengths = {
        **dict.fromkeys(("input_ids", "input_mask", "segment_ids"), LENGTH),
        **dict.fromkeys(("masked_lm_positions", "masked_lm_ids"), MASKED),
        "next_sentence_labels": 1,
    }
    fields = {name: tf.FixedLenFeature([size], tf.int64) for name, size in lengths.items()}

    def decode(record):
        found = tf.parse_single_example(record, fields)
        return {name: tf.to_int32(value) for name, value in found.items()}

    def input_fn(params):
        data = tf.data.TFRecordDataset(path)
        if is_training:
            data = data.repeat().shuffle(buffer_size=1000, seed=0)
        return data.apply(
            tf.contrib.data.map_and_batch(decode, params["batch_size"], drop_remainder=True)
        )

    return input_fn


# ---- The model ----


def dense(x, units, name, activation=None):
    return tf.layers.dense(x, units, activation, kernel_initializer=INITIALIZER, name=name)


def gelu(x):
    return x * 0.5 * (1.0 + tf.erf(x / np.sqrt(2.0)))


def layer_norm(x):
    return tf.contrib.layers.layer_norm(x, begin_norm_axis=-1, begin_params_axis=-1)


def attention(x, mask):
    """Self-attention of [batch, length, hidden] with several heads."""

    def heads(name):
        split = tf.reshape(dense(x, HIDDEN, name), [-1, LENGTH, HEADS, HIDDEN // HEADS])
        return tf.transpose(split, [0, 2, 1, 3])

    query, key, value = heads("query"), heads("key"), heads("value")
    scores = tf.matmul(query, key, transpose_b=True) / np.sqrt(HIDDEN / HEADS)
    scores += (1.0 - tf.to_float(mask[:, tf.newaxis, tf.newaxis, :])) * -10000.0
    found = tf.transpose(tf.matmul(tf.nn.softmax(scores), value), [0, 2, 1, 3])
    return dense(tf.reshape(found, [-1, LENGTH, HIDDEN]), HIDDEN, "output")


def encoder(features):
    """[batch, length, hidden] of the tokens, and the table of the vocabulary."""
    with tf.variable_scope("bert"):
        with tf.variable_scope("embeddings"):
            table = tf.get_variable("word_embeddings", [VOCABULARY, HIDDEN], None, INITIALIZER)
            types = tf.get_variable("token_type_embeddings", [2, HIDDEN], None, INITIALIZER)
            places = tf.get_variable("position_embeddings", [LENGTH, HIDDEN], None, INITIALIZER)
            x = tf.nn.embedding_lookup(table, features["input_ids"]) + places
            x = layer_norm(x + tf.nn.embedding_lookup(types, features["segment_ids"]))
        for number in range(LAYERS):
            with tf.variable_scope(f"encoder/layer_{number}"):
                x = layer_norm(x + attention(x, features["input_mask"]))
                x = layer_norm(x + dense(dense(x, 4 * HIDDEN, "wide", gelu), HIDDEN, "narrow"))
    return x, table


def masked_words(x, table, features):
    """Losses and logits of the words that are masked, one for each."""
    positions = features["masked_lm_positions"]
    offsets = tf.range(tf.shape(x)[0])[:, tf.newaxis] * LENGTH
    rows = tf.gather(tf.reshape(x, [-1, HIDDEN]), tf.reshape(positions + offsets, [-1]))
    with tf.variable_scope("cls/predictions"):
        rows = layer_norm(dense(rows, HIDDEN, "transform", gelu))
        bias = tf.get_variable("output_bias", [VOCABULARY], initializer=tf.zeros_initializer())
        logits = tf.nn.bias_add(tf.matmul(rows, table, transpose_b=True), bias)
    labels = tf.reshape(features["masked_lm_ids"], [-1])
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits), logits


def next_sentence(x, features):
    pooled = dense(x[:, 0], HIDDEN, "bert/pooler", tf.tanh)
    logits = dense(pooled, 2, "cls/seq_relationship")
    labels = features["next_sentence_labels"][:, 0]
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits), logits


def learning_rate(peak, train_steps, warmup_steps):
    """Up in a line, and down in a line."""
    step = tf.train.get_or_create_global_step()
    down = tf.train.polynomial_decay(peak, step, train_steps, end_learning_rate=0.0)
    up = peak * tf.to_float(step) / warmup_steps
    return tf.cond(step < warmup_steps, lambda: up, lambda: down)


def train_operation(loss, params):
    rate = learning_rate(params["learning_rate"], params["train_steps"], params["warmup_steps"])
    optimizer = tf.train.AdamOptimizer(rate)
    if params["use_tpu"]:
        optimizer = tf.contrib.tpu.CrossShardOptimizer(optimizer)
    variables = tf.trainable_variables()
    gradients, _ = tf.clip_by_global_norm(tf.gradients(loss, variables), clip_norm=1.0)
    pairs = zip(gradients, variables, strict=True)
    return optimizer.apply_gradients(pairs, global_step=tf.train.get_global_step())


def metric_fn(words, word_losses, word_logits, sentences, sentence_losses, sentence_logits):
    def accuracy(labels, logits):
        return tf.metrics.accuracy(tf.reshape(labels, [-1]), tf.argmax(logits, axis=-1))

    return {
        "masked_lm_accuracy": accuracy(words, word_logits),
        "masked_lm_loss": tf.metrics.mean(word_losses),
        "next_sentence_accuracy": accuracy(sentences, sentence_logits),
        "next_sentence_loss": tf.metrics.mean(sentence_losses),
    }


def model_fn(features, labels, mode, params):
    x, table = encoder(features)
    word_losses, word_logits = masked_words(x, table, features)
    sentence_losses, sentence_logits = next_sentence(x, features)
    loss = tf.reduce_mean(word_losses) + tf.reduce_mean(sentence_losses)
    if mode == tf.estimator.ModeKeys.TRAIN:
        step = train_operation(loss, params)
        return tf.contrib.tpu.TPUEstimatorSpec(mode=mode, loss=loss, train_op=step)
    words, sentences = features["masked_lm_ids"], features["next_sentence_labels"]
    metrics = [words, word_losses, word_logits, sentences, sentence_losses, sentence_logits]
    return tf.contrib.tpu.TPUEstimatorSpec(mode=mode, loss=loss, eval_metrics=(metric_fn, metrics))


# ---- The program ----


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output_dir", help="the folder of checkpoints; a new one by default")
    parser.add_argument("--steps", type=int, default=1200)
    options = parser.parse_args()
    folder = options.output_dir or tempfile.mkdtemp()
    tf.gfile.MakeDirs(folder)
    paths = [os.path.join(folder, name) for name in ("train.tfrecord", "eval.tfrecord")]
    for seed, path in enumerate(paths):
        write_examples(path, seed)

    estimator = tf.contrib.tpu.TPUEstimator(
        use_tpu=False,
        model_fn=model_fn,
        config=tf.contrib.tpu.RunConfig(
            model_dir=folder,
            tf_random_seed=1,
            save_checkpoints_steps=600,
            tpu_config=tf.contrib.tpu.TPUConfig(
                iterations_per_loop=1000,
                num_shards=8,
                per_host_input_for_training=tf.contrib.tpu.InputPipelineConfig.PER_HOST_V2,
            ),
        ),
        params={"learning_rate": 5e-3, "train_steps": options.steps, "warmup_steps": 100},
        train_batch_size=32,
        eval_batch_size=50,
    )
    estimator.train(input_fn_builder(paths[0], is_training=True), max_steps=options.steps)
    found = estimator.evaluate(input_fn_builder(paths[1], is_training=False), steps=20)
    for name in sorted(found):
        print(f"{name} = {found[name]:.3f}")


if __name__ == "__main__":
    main()
