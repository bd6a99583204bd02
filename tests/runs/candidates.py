"""Programs of candidate samplers and the losses that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[[Any], Any]

WEIGHTS = np.sin(np.arange(20)).reshape(10, 2).astype(np.float32)
BIASES = np.linspace(-1, 1, 10).astype(np.float32)
INPUTS = np.float32([[0.5, -0.5], [1, 2]])
UNIGRAMS = [1.0, 5.0, 3.0, 0.5, 2.0, 7.0, 1.5, 0.25, 4.0, 2.5]


def _classes(tf: Any, values: Any) -> Any:
    return tf.constant(values, tf.int64)


def _sampler(name: str, true_classes: Any, *arguments: Any, graph_seed: Any = None, **named: Any):
    def build(tf: Any) -> Any:
        if graph_seed is not None:
            tf.set_random_seed(graph_seed)
        sampler = getattr(tf.nn, f"{name}_candidate_sampler")
        return sampler(_classes(tf, true_classes), *arguments, **named)

    return build


def _unknown(tf: Any) -> Any:
    true_classes = tf.placeholder_with_default(np.int64([[1, 2], [3, 4]]), None)
    return tf.nn.uniform_candidate_sampler(true_classes, 2, 3, True, 10, seed=5)


def _values(tf: Any) -> Any:
    return (
        _classes(tf, [0, 3, 5]),
        tf.constant([[0.5], [0.3]]),
        tf.constant([0.6, 0.3, 0.2]),
    )


def _loss(loss: str, labels: Any = ((1,), (3,)), given: bool = True, **named: Any) -> Build:
    def build(tf: Any) -> Any:
        tf.set_random_seed(3)
        weights, biases = tf.constant(WEIGHTS), tf.constant(BIASES)
        values = _values(tf) if given else None
        with tf.name_scope("labels"):
            true_classes = _classes(tf, labels)
        inputs = tf.constant(INPUTS)
        return getattr(tf.nn, loss)(
            weights, biases, true_classes, inputs, 3, 10, sampled_values=values, **named
        )

    return build


def _gradient(name: str, shards: int = 1) -> Build:
    def build(tf: Any) -> Any:
        with tf.variable_scope("table", partitioner=tf.fixed_size_partitioner(shards)):
            weights = tf.get_variable("weights", initializer=tf.constant(WEIGHTS))
        biases = tf.get_variable("biases", initializer=tf.constant(BIASES))
        inputs = tf.constant(INPUTS)
        labels = _classes(tf, [[1], [3]])
        loss = getattr(tf.nn, name)(
            weights, biases, labels, inputs, 3, 10, sampled_values=_values(tf)
        )
        variables = [*weights, biases] if shards > 1 else [weights, biases]
        gradients = tf.gradients(loss, [*variables, inputs])
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
        return [tf.identity(gradient, name="dx") for gradient in dense]

    return build


SAMPLERS = ("uniform", "log_uniform", "learned_unigram")

RUNS: dict[str, Build] = {
    **{
        f"{name}-{kind}": _sampler(name, [[1], [3]], 1, *rest)
        for name in SAMPLERS
        for kind, rest in {
            "unique": (4, True, 10, 5),
            "repeated": (6, False, 10, 5),
            "all": (10, True, 10, 5),
            "power": (4, True, 16, 9),
            "many": (50, True, 1000, 1),
            "narrow": (11, True, 10, 5),
        }.items()
    },
    **{
        f"{name}-two_true": _sampler(name, [[1, 2], [3, 9]], 2, 3, True, 10, 7) for name in SAMPLERS
    },
    **{
        f"{name}-graph_seed": _sampler(name, [[1], [3]], 1, 3, True, 10, graph_seed=4)
        for name in SAMPLERS
    },
    **{
        f"fixed-{kind}": _sampler("fixed_unigram", [[1], [3]], 1, 4, unique, 10, **named)
        for kind, (unique, named) in {
            "unique": (True, {"unigrams": UNIGRAMS, "seed": 5}),
            "repeated": (False, {"unigrams": UNIGRAMS, "seed": 5}),
            "distorted": (True, {"unigrams": UNIGRAMS, "seed": 2, "distortion": 0.5}),
            "reserved": (True, {"unigrams": UNIGRAMS[2:], "seed": 2, "num_reserved_ids": 2}),
            "neither": (True, {"seed": 2}),
            "both": (True, {"seed": 2, "unigrams": UNIGRAMS, "vocab_file": "x"}),
        }.items()
    },
    "fixed-shards": _sampler(
        "fixed_unigram", [[1]], 1, 2, True, 5, unigrams=UNIGRAMS, seed=1, num_shards=2, shard=1
    ),
    "all": _sampler("all", [[1, 2], [3, 4]], 2, 5, True),
    "all-seed": _sampler("all", [[1, 2], [3, 4]], 2, 5, False, seed=4),
    "unknown": _unknown,
    "rank": _sampler("uniform", [1, 2], 1, 2, True, 10, seed=1),
    "columns": _sampler("uniform", [[1, 2]], 1, 2, True, 10, seed=1),
    "no_true": _sampler("uniform", [[1, 2]], 0, 2, True, 10, seed=1),
    "hits": lambda tf: tf.nn.compute_accidental_hits(
        _classes(tf, [[1, 2], [3, 4], [5, 1]]), _classes(tf, [1, 0, 4, 1]), 2
    ),
    "no_hits": lambda tf: tf.nn.compute_accidental_hits(
        _classes(tf, [[1], [3]]), _classes(tf, [0]), 1
    ),
    "hits-columns": lambda tf: tf.nn.compute_accidental_hits(
        _classes(tf, [[1], [3]]), _classes(tf, [0]), 2
    ),
    **{
        f"{name}-{kind}": _loss(name, **named)
        for name in ("nce_loss", "sampled_softmax_loss")
        for kind, named in {
            "given": {},
            "kept_hits": {"remove_accidental_hits": False},
            "removed_hits": {"remove_accidental_hits": True},
            "drawn": {"given": False},
            "two_true": {"given": False, "labels": ((1, 2), (3, 4)), "num_true": 2},
            "named": {"name": "mine"},
        }.items()
    },
    **{
        f"gradient-{name}-{shards}": _gradient(name, shards)
        for name in ("nce_loss", "sampled_softmax_loss")
        for shards in (1, 2)
    },
}
