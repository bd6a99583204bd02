"""Freezes a trained network into one file, and runs it from there.

The variables become constants of a GraphDef, which knows nothing of training. Prints what both
give: the same numbers.
"""

import os
import tempfile

import numpy as np

import tfsession as tf


def trained(path):
    """Trains y = x0 * x1 roughly, writes the frozen graph, and returns some results."""
    random = np.random.RandomState(0)
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.set_random_seed(0)
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        hidden = tf.layers.dense(x, 16, tf.nn.tanh)
        y = tf.squeeze(tf.layers.dense(hidden, 1), 1, name="y")
        loss = tf.losses.mean_squared_error(x[:, 0] * x[:, 1], y)
        train = tf.train.AdamOptimizer(0.02).minimize(loss)
        session.run(tf.global_variables_initializer())
        for _ in range(300):
            session.run(train, {x: random.uniform(-1, 1, (64, 2))})
        frozen = tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["y"])
        tf.train.write_graph(frozen, os.path.dirname(path), os.path.basename(path), as_text=False)
        return session.run(y, {x: [[0.5, 0.5], [-0.5, 1.0]]})


def read(path):
    """The results of the frozen graph."""
    graph_def = tf.GraphDef()
    with tf.gfile.GFile(path, "rb") as file:
        graph_def.ParseFromString(file.read())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="frozen")
        variables = [op for op in graph.get_operations() if "Variable" in op.type]
        with tf.Session() as session:
            result = session.run("frozen/y:0", {"frozen/x:0": [[0.5, 0.5], [-0.5, 1.0]]})
    return result, len(variables)


def main():
    path = os.path.join(tempfile.mkdtemp(), "frozen.pb")
    before = trained(path)
    after, variables = read(path)
    print(f"trained: {np.round(before, 2).tolist()}")
    print(f"frozen:  {np.round(after, 2).tolist()}, {variables} variables")


if __name__ == "__main__":
    main()
