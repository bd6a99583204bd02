"""What a program makes: its operations, its variables, its results."""

from __future__ import annotations

from typing import Any

import numpy as np

STEPS = 100


def sequences(tf: Any) -> Any:
    """Inputs of shape [4, 5, 3]."""
    return tf.constant(np.cos(np.arange(60)).reshape(4, 5, 3).astype("float32"))


def step(tf: Any, depth: int = 3) -> Any:
    """The input of one step, of shape [4, depth]."""
    return tf.constant(np.cos(np.arange(4 * depth)).reshape(4, depth).astype("float32"))


def outcome(tf: Any, build: Any) -> dict[str, Any]:
    """Builds and runs a program in a graph of its own, with the graph's seed 1.

    Returns:
      `operations`, a text for each in the order in which they were made, without those of
      gradients; `variables`, name and shape of each; `results`, an array for each.
    """
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        fetches = _leaves(build(tf))
        operations = [
            f"{op.type} {op.name} < {' '.join(t.name for t in op.inputs)}"
            for op in graph.get_operations()
            if not op.name.startswith(("gradients", "init"))
        ]
        variables = [f"{v.name} {v.shape}" for v in tf.global_variables()]
        initialise = tf.global_variables_initializer()
    with tf.Session(graph=graph) as session:
        session.run(initialise)
        results = [np.asarray(value) for value in session.run(fetches)]
    return {"operations": operations, "variables": variables, "results": results}


def _leaves(structure: Any) -> list[Any]:
    if isinstance(structure, dict):
        structure = [structure[key] for key in sorted(structure)]
    if isinstance(structure, (list, tuple)):
        return [leaf for member in structure for leaf in _leaves(member)]
    return [] if structure is None else [structure]


def losses(tf: Any, build: Any) -> np.ndarray[Any, Any]:
    """The losses of a training program, before each of 100 steps."""
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        loss, train_op = build(tf)
        initialise = tf.global_variables_initializer()
    with tf.Session(graph=graph) as session:
        session.run(initialise)
        return np.array([session.run([loss, train_op])[0] for _ in range(STEPS)], "float32")
