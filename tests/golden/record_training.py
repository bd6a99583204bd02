"""Trains a small model with every optimizer; run on real TensorFlow, it records golden numbers.

Usage: python tests/golden/record_training.py tests/golden/trajectories.npz
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

STEPS = 5

OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "descent": lambda train: train.GradientDescentOptimizer(0.1),
    "momentum": lambda train: train.MomentumOptimizer(0.01, 0.9),
    "nesterov": lambda train: train.MomentumOptimizer(0.01, 0.9, use_nesterov=True),
    "adam": lambda train: train.AdamOptimizer(0.05),
    "rmsprop": lambda train: train.RMSPropOptimizer(0.05, momentum=0.5),
    "centered": lambda train: train.RMSPropOptimizer(0.05, centered=True),
    "adagrad": lambda train: train.AdagradOptimizer(0.5),
    "adadelta": lambda train: train.AdadeltaOptimizer(0.5),
    "ftrl": lambda train: train.FtrlOptimizer(
        0.5, l1_regularization_strength=0.01, l2_regularization_strength=0.02
    ),
    "shrinkage": lambda train: train.FtrlOptimizer(0.5, l2_shrinkage_regularization_strength=0.02),
    "proximal": lambda train: train.ProximalGradientDescentOptimizer(0.1, 0.1, 0.2),
    "proximal_adagrad": lambda train: train.ProximalAdagradOptimizer(0.5, 0.2, 0.1, 0.2),
    "dual": lambda train: train.AdagradDAOptimizer(
        0.5, train.get_global_step(), 0.2, l1_regularization_strength=0.1
    ),
}
VARIANTS = [
    (name, use_resource, is_sparse)
    for name in OPTIMIZERS
    for use_resource in (False, True)
    for is_sparse in (False, True)
]


def key(name: str, use_resource: bool, is_sparse: bool) -> str:
    """The name of one run in the file."""
    return f"{name}-{'resource' if use_resource else 'ref'}-{'sparse' if is_sparse else 'dense'}"


def trajectory(tf: Any, name: str, use_resource: bool, is_sparse: bool) -> np.ndarray:
    """Returns [steps, values]: the model's variables after each step."""
    with tf.Graph().as_default() as graph:
        initial = np.linspace(-1, 1, 10).reshape(5, 2).astype(np.float32)
        w = tf.get_variable("w", initializer=initial, use_resource=use_resource)
        b = tf.get_variable("b", initializer=np.float32([0.1, 0.2]), use_resource=use_resource)
        if is_sparse:
            # Row 0 twice, so that its gradients must be added up.
            hidden = tf.gather(w, tf.constant([0, 3, 0]))
        else:
            inputs = np.linspace(0.5, 2, 15).reshape(3, 5).astype(np.float32)
            hidden = tf.matmul(tf.constant(inputs), w)
        loss = tf.reduce_sum(tf.square(hidden + b) * 0.5)
        step = tf.train.get_or_create_global_step()
        train_op = OPTIMIZERS[name](tf.train).minimize(loss, global_step=step)
        initialise = tf.global_variables_initializer()
    values = []
    with tf.Session(graph=graph) as session:
        session.run(initialise)
        for _ in range(STEPS):
            session.run(train_op)
            values.append(np.concatenate([session.run(w).ravel(), session.run(b)]))
        assert session.run(step) == STEPS
    return np.array(values)


if __name__ == "__main__":
    import tensorflow.compat.v1 as tensorflow

    tensorflow.disable_v2_behavior()
    np.savez_compressed(
        sys.argv[1], **{key(*variant): trajectory(tensorflow, *variant) for variant in VARIANTS}
    )
