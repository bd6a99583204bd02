"""Records checkpoints that real TensorFlow wrote, and what its Savers put into graphs.

Run it with a Python that has TensorFlow 1.15, then with one that has 2.x (not tfsession's own)::

    python tests/golden/record_checkpoints.py

Each writes its own folder below `checkpoints`; tests read them.
"""

import json
import os
import re
import shutil
import sys

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

import tensorflow

from tests.stored_values import BFLOAT16, MANY, PARTS, VALUES, name_of_many

IS_OLD = tensorflow.__version__.startswith("1.")
tf = tensorflow if IS_OLD else tensorflow.compat.v1
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "checkpoints")

CONFIG = tf.ConfigProto(device_count={"CPU": 2})


def variables():
    """Variables of every dtype, one on a second device, and one in two parts."""
    for name, value in sorted(VALUES.items()):
        with tf.device("/cpu:1" if name == "half" else "/cpu:0"):
            tf.get_variable(name, initializer=value, use_resource=name == "int32")
    with tf.device("/cpu:0"):
        initial = tf.constant(BFLOAT16, tf.bfloat16)
        tf.get_variable("bfloat16", initializer=initial, use_resource=False)
        parts = tf.fixed_size_partitioner(2, axis=1)
        tf.get_variable(
            "parts",
            PARTS.shape,
            initializer=tf.constant_initializer(PARTS[0, 0]),
            partitioner=parts,
            use_resource=False,
        )


def write(folder):
    """Writes a checkpoint in each format."""
    with tf.Graph().as_default():
        variables()
        with tf.Session(config=CONFIG) as session:
            session.run(tf.global_variables_initializer())
            tf.train.Saver().save(session, os.path.join(folder, "v2"), write_meta_graph=False)
            sharded = tf.train.Saver(sharded=True)
            sharded.save(session, os.path.join(folder, "sharded"), write_meta_graph=False)
            old = [v for v in tf.global_variables() if v.dtype.base_dtype != tf.bfloat16]
            saver = tf.train.Saver(old, write_version=tf.train.SaverDef.V1)
            saver.save(session, os.path.join(folder, "v1"), write_meta_graph=False)
            if IS_OLD:
                # Several blocks, and names that share their beginnings.
                many = {name_of_many(i): v for i, v in enumerate(numbers(MANY))}
                tf.train.Saver(many).save(
                    session_of(many), os.path.join(folder, "many"), write_meta_graph=False
                )
    os.remove(os.path.join(folder, "checkpoint"))


def numbers(count):
    with tf.device("/cpu:0"):
        return [
            tf.Variable(np.float32(i), collections=[], name="n", use_resource=False)
            for i in range(count)
        ]


def session_of(variables):
    session = tf.Session(config=CONFIG)
    session.run([v.initializer for v in variables.values()])
    return session


def graph_of(**arguments):
    """The operations that a Saver adds, and its SaverDef."""
    with tf.Graph().as_default() as graph:
        with tf.device("/cpu:0"):
            v = tf.get_variable("a/v", [2, 3], use_resource=False)
            tf.get_variable("r", initializer=5, use_resource=True)
        with tf.device("/cpu:1"):
            w = tf.get_variable("w", [2], use_resource=False)
        parts = tf.get_variable(
            "p", [4, 2], partitioner=tf.fixed_size_partitioner(2), use_resource=False
        )
        known = {"LIST": [w, v], "DICT": {"x": v, "q": list(parts)}}
        if "var_list" in arguments:
            arguments["var_list"] = known[arguments["var_list"]]
        before = len(graph.get_operations())
        saver_def = tf.train.Saver(**arguments).saver_def
        operations = [described(op) for op in graph.get_operations()[before:]]
    fields = ("filename_tensor_name", "save_tensor_name", "restore_op_name", "max_to_keep")
    fields += ("sharded", "version")
    return {"operations": operations, "saver_def": [getattr(saver_def, f) for f in fields]}


def described(op):
    attrs = {}
    for key in ("_class", "dtypes", "validate_shape", "delete_old_dirs"):
        if key in op.node_def.attr:
            attrs[key] = str(op.get_attr(key))
    if op.type == "Const":
        value = tensorflow.make_ndarray(op.get_attr("value")).tolist()
        attrs["value"] = re.sub("_temp_[0-9a-f]{32}", "_temp_", str(value))
    inputs = [tensor.name for tensor in op.inputs]
    controls = sorted(control.name for control in op.control_inputs)
    return [op.type, op.name, inputs, controls, op.device, attrs]


SAVERS = {
    "plain": {},
    "sharded": {"sharded": True},
    "reshape": {"reshape": True, "name": "mine"},
    "sequential": {"restore_sequentially": True, "max_to_keep": None},
    "list": {"var_list": "LIST", "filename": "there"},
    "dict": {"var_list": "DICT", "max_to_keep": 3},
    "old": {"write_version": 1},
    "old sharded": {"write_version": 1, "sharded": True, "reshape": True},
}


def write_graph(folder):
    """Writes a MetaGraphDef with control flow, queues and collections."""
    with tf.Graph().as_default():
        v = tf.get_variable("scope/v", initializer=[1.0, 2.0], use_resource=False)
        tf.get_variable("r", initializer=5, use_resource=True)
        tf.train.get_or_create_global_step()
        x = tf.placeholder(tf.float32, [], name="x")
        y = tf.cond(x > 0, lambda: v * x, lambda: v - x, name="branch")
        z = tf.while_loop(lambda i, _: i < 3, lambda i, t: (i + 1, t * 2.0), [0, y])[1]
        tf.identity(z, name="z")
        queue = tf.FIFOQueue(3, tf.float32, name="queue")
        tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(1.0)]))
        for value in (3, 4):
            tf.add_to_collection("numbers", value)
        tf.add_to_collection("tensors", z)
        tf.add_to_collection("operations", z.op)
        tf.add_to_collection("texts", "hi")
        tf.add_to_collection("floats", 1.5)
        saver = tf.train.Saver()
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            saver.save(session, os.path.join(folder, "graph"), write_state=False)


def write_model(folder):
    """Writes a SavedModel whose main operation changes its variable."""
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.get_variable("w", initializer=[[1.0], [2.0]], use_resource=False)
        tf.matmul(x, w, name="y")
        change = tf.group(tf.assign(w, [[5.0], [6.0]]))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            builder = tf.saved_model.builder.SavedModelBuilder(os.path.join(folder, "model"))
            builder.add_meta_graph_and_variables(session, ["serve"], main_op=change)
            builder.save()


def write_signed(folder):
    """Writes a SavedModel with signatures: of a product, of parsed Examples, and without inputs."""
    sign = tf.saved_model.signature_def_utils.predict_signature_def
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        names = tf.placeholder(tf.string, [None], name="names")
        parsed = tf.parse_example(names, {"age": tf.FixedLenFeature([1], tf.float32)})
        w = tf.get_variable("w", initializer=[[1.0], [2.0]], use_resource=False)
        y = tf.matmul(x, w, name="y")
        constant = tf.saved_model.signature_def_utils.build_signature_def(
            {}, {"w": tf.saved_model.utils.build_tensor_info(w.value())},
            "tensorflow/serving/predict",
        )  # fmt: skip
        signatures = {
            "serving_default": sign({"x": x}, {"y": y}),
            "ages": sign({"examples": names}, {"age": parsed["age"]}),
            "constant": constant,
        }
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            builder = tf.saved_model.builder.SavedModelBuilder(os.path.join(folder, "signed"))
            builder.add_meta_graph_and_variables(session, ["serve"], signatures)
            builder.save()


def write_objects(folder):
    """Writes a checkpoint of objects: variables, and an optimizer after a step."""
    with tf.Graph().as_default():
        v = tf.get_variable("sc/v", initializer=[1.0, 2.0], use_resource=False)
        r = tf.get_variable("r", initializer=5, use_resource=True)
        optimizer = tf.train.AdamOptimizer(0.1)
        step = optimizer.minimize(tf.reduce_sum(v * v))
        checkpoint = tf.train.Checkpoint(v=v, r=r, opt=optimizer, inner=tf.train.Checkpoint(w=v))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(step)
            checkpoint.save(os.path.join(folder, "objects"), session=session)
    os.remove(os.path.join(folder, "checkpoint"))


def main():
    folder = os.path.join(FOLDER, "tensorflow1" if IS_OLD else "tensorflow2")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    if not IS_OLD:
        tf.disable_v2_behavior()
    write(folder)
    if IS_OLD:
        write_graph(folder)
        write_model(folder)
        write_signed(folder)
        write_objects(folder)
        recorded = {name: graph_of(**arguments) for name, arguments in SAVERS.items()}
        with open(os.path.join(FOLDER, "savers.json"), "w") as file:
            json.dump(recorded, file, indent=0, sort_keys=True)
            file.write("\n")
    sys.stdout.write(f"{folder}: {sorted(os.listdir(folder))}\n")


if __name__ == "__main__":
    main()
