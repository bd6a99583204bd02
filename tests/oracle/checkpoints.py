"""Writes checkpoints, graphs and models with tfsession, and has real TensorFlow read them.

Not part of the test suite: it needs Pythons with TensorFlow, and takes half a minute for each.

    python tests/oracle/checkpoints.py --tensorflow /path/to/python [--tensorflow /another/python]
"""

import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

from tests.stored_values import PARTS, VALUES

KINDS = {
    "v2": {},
    "sharded": {"sharded": True},
    "v1": {"write_version": 1},
    "again": {"max_to_keep": 2, "pad_step_number": True},
}


def variables(tf, empty):
    """Variables of all dtypes, with values or with zeros."""
    for name, value in sorted(VALUES.items()):
        value = np.zeros_like(value) if empty and value.dtype != object else value
        tf.get_variable(name, initializer=value, use_resource=name == "int32")
    parts = tf.fixed_size_partitioner(2, axis=1)
    number = 0.0 if empty else PARTS[0, 0]
    initial = tf.constant_initializer(number)
    tf.get_variable("parts", PARTS.shape, initializer=initial, partitioner=parts)


def write(tf, folder):
    """Writes everything with tfsession."""
    for kind, arguments in KINDS.items():
        with tf.Graph().as_default(), tf.Session() as session:
            variables(tf, empty=False)
            session.run(tf.global_variables_initializer())
            saver = tf.train.Saver(**arguments)
            for step in (1, 2):
                saver.save(session, os.path.join(folder, kind), global_step=step)
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.get_variable("w", initializer=[[1.0], [2.0]])
        y = tf.cond(tf.reduce_sum(x) > 0, lambda: tf.matmul(x, w), lambda: -tf.matmul(x, w))
        y = tf.while_loop(lambda i, _: i < 2, lambda i, t: (i + 1, t * 2.0), [0, y])[1]
        y = tf.identity(y, name="y")
        session.run(tf.global_variables_initializer())
        tf.saved_model.simple_save(session, os.path.join(folder, "model"), {"x": x}, {"y": y})


def read(folder):
    """Reads everything with TensorFlow, and raises where something is not as it was."""
    import tensorflow

    is_old = tensorflow.__version__.startswith("1.")
    tf = tensorflow if is_old else tensorflow.compat.v1
    if not is_old:
        tf.disable_v2_behavior()
    for kind in KINDS:
        path = os.path.join(folder, kind + ("-00000002" if kind == "again" else "-2"))
        with tf.Graph().as_default(), tf.Session() as session:
            variables(tf, empty=True)
            tf.train.Saver().restore(session, path)
            check(session, tf)
        with tf.Graph().as_default(), tf.Session() as session:
            tf.train.import_meta_graph(path + ".meta").restore(session, path)
            check(session, tf)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.saved_model.loader.load(session, ["serve"], os.path.join(folder, "model"))
        assert session.run("y:0", {"x:0": [[1.0, 1.0]]}).tolist() == [[12.0]]
    sys.stdout.write(f"TensorFlow {tensorflow.__version__} reads everything\n")


def check(session, tf):
    found = {v.op.name: v for v in tf.global_variables()}
    for name, value in VALUES.items():
        got = session.run(found[name])
        what = (got.dtype, got.shape, got.tolist())
        assert what == (value.dtype, value.shape, value.tolist()), name
    parts = [session.run(found[f"parts/part_{number}"]) for number in range(2)]
    assert np.array_equal(np.concatenate(parts, axis=1), PARTS)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tensorflow", action="append", default=[], help="a Python that has it")
    parser.add_argument("--read", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        read(options.read)
        return 0
    import tfsession

    with tempfile.TemporaryDirectory() as folder:
        write(tfsession, folder)
        codes = [
            subprocess.run([python, __file__, "--read", folder], check=False).returncode
            for python in options.tensorflow
        ]
    return max(codes, default=0)


if __name__ == "__main__":
    sys.exit(main())
