"""Trains a small model with the optimizers of tf.contrib.opt; run on TensorFlow 1.15, it records.

Usage: python tests/golden/record_contrib_opt.py tests/golden/contrib_opt.json
The optimizers of SciPy are recorded, too: the Python that runs this needs SciPy.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

STEPS = 4

OPTIMIZERS: dict[str, Callable[[Any, Any], Any]] = {
    "adamw": lambda tf, w: tf.contrib.opt.AdamWOptimizer(0.1, 0.05),
    "momentumw": lambda tf, w: tf.contrib.opt.MomentumWOptimizer(0.1, 0.05, 0.9),
    "adagradw": lambda tf, w: tf.contrib.opt.extend_with_decoupled_weight_decay(
        tf.train.AdagradOptimizer
    )(weight_decay=0.1, learning_rate=0.05),
    "lazy": lambda tf, w: tf.contrib.opt.LazyAdamOptimizer(0.05),
    "nadam": lambda tf, w: tf.contrib.opt.NadamOptimizer(0.05),
    "adamax": lambda tf, w: tf.contrib.opt.AdaMaxOptimizer(0.05),
    "addsign": lambda tf, w: tf.contrib.opt.AddSignOptimizer(0.01, alpha=1.5),
    "powersign": lambda tf, w: tf.contrib.opt.PowerSignOptimizer(
        0.01, sign_decay_fn=lambda step: 1 / (1 + tf.cast(step, tf.float32))
    ),
    "average": lambda tf, w: tf.contrib.opt.MovingAverageOptimizer(
        tf.train.MomentumOptimizer(0.02, 0.9), 0.9
    ),
    "clipping": lambda tf, w: tf.contrib.opt.VariableClippingOptimizer(
        tf.train.GradientDescentOptimizer(0.02), {w: [1]}, 0.9
    ),
    "multitask": lambda tf, w: tf.contrib.opt.MultitaskOptimizerWrapper(
        tf.train.MomentumOptimizer(0.02, 0.9)
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


def trajectory(tf: Any, name: str, use_resource: bool, is_sparse: bool) -> dict[str, Any]:
    """The names of all variables, and their values after the last step."""
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
        train = OPTIMIZERS[name](tf, w).minimize(loss, global_step=step)
        initialise = tf.global_variables_initializer()
        variables = tf.global_variables()
    with tf.Session(graph=graph) as session:
        session.run(initialise)
        for _ in range(STEPS):
            session.run(train)
        values = session.run(variables)
    return {v.name: np.ravel(x).tolist() for v, x in zip(variables, values)}  # noqa: B905


# ---- SciPy ----


def external(tf: Any, **options: Any) -> dict[str, Any]:
    """What SciPy makes of two variables, and the operations that are added for it."""
    with tf.Graph().as_default() as graph:
        x = tf.Variable([7.0, 7.0], name="x")
        y = tf.Variable(2.0, name="y")
        loss = tf.reduce_sum(tf.square(x - [1.0, 2.0])) + y * y
        before = len(graph.get_operations())
        if options.pop("constrained", False):
            options["equalities"] = [x[0] - 3.5]
            options["inequalities"] = [x[1] - 1.0]
            options["var_to_bounds"] = {x: ([3, -np.inf], 4)}
            options["method"] = "SLSQP"
        optimizer = tf.contrib.opt.ScipyOptimizerInterface(loss, **options)
        added = [o.name for o in graph.get_operations()[before:]]
        evaluations: list[Any] = []
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            optimizer.minimize(
                session,
                fetches=[loss, x],
                loss_callback=lambda value, x: evaluations.append([float(value), *x.tolist()]),
            )
            values = [x.tolist() for x in session.run([x, y])]
    return {
        "added": [name for name in added if not name.startswith("gradients")],
        "values": values,
        "first": evaluations[0],
    }


EXTERNAL: dict[str, dict[str, Any]] = {
    "free": {"options": {"maxiter": 100}},
    "constrained": {"constrained": True},
}


def recorded(tf: Any, *variant: Any) -> Any:
    """`trajectory`; None where TensorFlow has no rule for the kind of variable."""
    try:
        return trajectory(tf, *variant)
    except NotImplementedError:
        return None


def main(path: str) -> None:
    """Writes the file."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.logging.set_verbosity(tf.logging.FATAL)
    numbers = {
        "trajectories": {key(*variant): recorded(tf, *variant) for variant in VARIANTS},
        "external": {name: external(tf, **kwargs) for name, kwargs in EXTERNAL.items()},
    }
    with open(path, "w") as file:
        json.dump(numbers, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
