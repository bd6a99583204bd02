"""Runs programs with layers on TensorFlow 1.15 and records what comes out.

Usage, from the root: python tests/golden/record_layers.py layer_programs tests/golden/layers
runs those of tests/layer_programs.py, and writes layers.json (names, shapes, collections) and
layers.npz (numbers). contrib_layers is recorded from contrib_layer_programs in the same way.
"""

import importlib
import json
import sys
from os.path import abspath, dirname

import numpy as np

sys.path.insert(0, dirname(dirname(dirname(abspath(__file__)))))

from tests import layer_programs


def observe(tf, build):
    """Builds and runs one program.

    Returns:
      What is told of the graph, and numbers by name: the outputs, the gradients of their weighted
      sum, the outputs again and the variables after the updates.
    """
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1234)
        outputs = build(tf)
        nodes = [[op.name, op.type] for op in graph.get_operations()]
        variables = tf.global_variables()
        told = {
            "nodes": nodes,
            "outputs": [[y.name, y.dtype.name, _dims(y)] for y in outputs],
            "variables": [[v.op.name, v.dtype.base_dtype.name, _dims(v)] for v in variables],
            "collections": {
                key: [thing.name for thing in graph.get_collection(key)]
                for key in sorted(map(str, graph.get_all_collection_keys()))
            },
        }
        return told, _numbers(tf, outputs, variables)


def _dims(tensor):
    return None if tensor.shape.ndims is None else tensor.shape.as_list()


def _numbers(tf, outputs, variables):
    initializer = tf.global_variables_initializer()
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    floating = [y for y in outputs if y.dtype.is_floating]
    weights = [_like(tf, y) for y in floating]
    total = tf.add_n([tf.reduce_sum(y * w) for y, w in zip(floating, weights)])
    inputs = [
        op.outputs[0]
        for op in tf.get_default_graph().get_operations()
        if op.type == "PlaceholderWithDefault" and op.outputs[0].dtype.is_floating
    ]
    trained = inputs + tf.trainable_variables()
    gradients = tf.gradients(total, trained)
    found = {}
    with tf.Session() as session:
        session.run(initializer)
        for v, value in zip(variables, session.run(variables)):
            found["initial/" + v.op.name] = value
        for number, v in enumerate(variables):
            v.load(_value(v, number), session)
        for number, value in enumerate(session.run(outputs)):
            found[f"output/{number}"] = value
        known = [(x, g) for x, g in zip(trained, gradients) if g is not None]
        for (x, _), value in zip(known, session.run([_dense(tf, g) for _, g in known])):
            found["gradient/" + x.op.name] = value
        if updates:
            session.run(updates)
            for v, value in zip(variables, session.run(variables)):
                found["updated/" + v.op.name] = value
    return found


def _dense(tf, gradient):
    return tf.convert_to_tensor(gradient)


def _like(tf, y):
    """Weights of the shape of a tensor, all different."""
    flat = tf.cast(tf.range(tf.size(y)), tf.float32)
    return tf.cast(tf.reshape(tf.cos(0.3 * flat), tf.shape(y)), y.dtype)


def _value(variable, number):
    """A value for a variable; variances and the like must not be negative."""
    value = 0.5 * layer_programs.numbers(variable.shape.as_list(), phase=number)
    name = variable.op.name
    is_positive = any(part in name for part in ("variance", "stddev", "gamma"))
    return (np.abs(value) + 0.1 if is_positive else value).astype(
        variable.dtype.base_dtype.as_numpy_dtype
    )


STEPS = 100


def losses(tf, build):
    """The loss before each of 100 training steps."""
    with tf.Graph().as_default():
        tf.set_random_seed(1234)
        loss, train = build(tf)
        initializer = tf.global_variables_initializer()
        with tf.Session() as session:
            session.run(initializer)
            # Dropout draws anew in each run: the loss is that of the step.
            return np.array([session.run([loss, train])[0] for _ in range(STEPS)])


def main(module, target):
    """Records all programs of a module."""
    import tensorflow as tf

    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    told, found = {}, {}
    programs = importlib.import_module("tests." + module)
    for name, build in programs.TRAININGS.items():
        found["training/" + name] = losses(tf, build)
    for name, build in programs.PROGRAMS.items():
        told[name], numbers = observe(tf, build)
        found.update((f"{name}/{key}", value) for key, value in numbers.items())
    with open(target + ".json", "w") as file:
        json.dump(told, file, separators=(",", ":"), sort_keys=True)
        file.write("\n")
    np.savez_compressed(target + ".npz", **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
