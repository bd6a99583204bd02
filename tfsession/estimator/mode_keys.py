"""`tf.estimator.ModeKeys`: what a model is built for."""

from __future__ import annotations

__all__ = ["ModeKeys"]


class ModeKeys:
    """What a model is built for.

    Source: TensorFlow 1.15 `tf.estimator.ModeKeys`.
    """

    TRAIN = "train"
    EVAL = "eval"
    PREDICT = "infer"
