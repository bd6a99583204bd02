"""`tf.contrib.slim` and `tf.contrib.training`: networks, loops, hyperparameters, buckets."""

from __future__ import annotations

import contextlib
import copy

import numpy as np
import pytest

import tfsession as tf
from tfsession.contrib.slim.python.slim.nets import (
    alexnet,
    inception_v1,
    overfeat,
    resnet_utils,
    resnet_v1,
    resnet_v2,
    vgg,
)

slim = tf.contrib.slim
training = tf.contrib.training


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as made:
        yield made


# ---- Networks ----

# As TensorFlow 1.15 makes them: variables, their elements, operations, and the shape of the result.
NETWORKS = {
    "resnet_v1_50": (resnet_v1.resnet_v1_50, resnet_utils.resnet_arg_scope, 64, (267, 25_610_152)),
    "resnet_v2_50": (resnet_v2.resnet_v2_50, resnet_utils.resnet_arg_scope, 64, (272, 25_613_800)),
    "vgg_a": (vgg.vgg_a, vgg.vgg_arg_scope, 224, (22, 132_863_336)),
    "vgg_16": (vgg.vgg_16, vgg.vgg_arg_scope, 224, (32, 138_357_544)),
    "vgg_19": (vgg.vgg_19, vgg.vgg_arg_scope, 224, (38, 143_667_240)),
    "alexnet_v2": (alexnet.alexnet_v2, alexnet.alexnet_v2_arg_scope, 224, (16, 50_303_912)),
    "overfeat": (overfeat.overfeat, overfeat.overfeat_arg_scope, 231, (16, 145_704_424)),
    "inception_v1": (
        inception_v1.inception_v1,
        inception_v1.inception_v1_arg_scope,
        224,
        (230, 6_632_184),
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_have_the_variables_of_tensorflow(name):
    build, arguments, size, sizes = NETWORKS[name]
    with slim.arg_scope(arguments()):
        logits, end_points = build(tf.placeholder(tf.float32, [2, size, size, 3]), 1000)
    assert logits.shape.as_list() in ([2, 1000], [2, 1, 1, 1000])
    variables = tf.global_variables()
    assert (len(variables), slim.model_analyzer.analyze_vars(variables)[0]) == sizes
    assert len(end_points) >= 10


def small_resnet(x, **arguments):
    blocks = [resnet_v1.resnet_v1_block("a", 2, 2, 2), resnet_v1.resnet_v1_block("b", 3, 2, 2)]
    with slim.arg_scope(resnet_utils.resnet_arg_scope()):
        return resnet_v1.resnet_v1(x, blocks, include_root_block=False, scope="net", **arguments)


def test_a_small_residual_network():
    x = tf.ones([2, 8, 8, 3])
    logits, end_points = small_resnet(x, num_classes=5)
    assert list(end_points)[-2:] == ["net/logits", "predictions"]
    assert end_points["net/a/unit_1/bottleneck_v1"].shape.as_list() == [2, 8, 8, 8]
    assert end_points["net/b"].shape.as_list() == [2, 2, 2, 12]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(end_points["predictions"]).sum() == pytest.approx(2)
    assert logits.op.name == "net/logits/BiasAdd"


def test_strides_become_gaps():
    features, _ = small_resnet(tf.ones([1, 8, 8, 3]), output_stride=2, global_pool=False)
    assert features.shape.as_list() == [1, 4, 4, 12]
    with pytest.raises(ValueError, match="The target output_stride cannot be reached"):
        small_resnet(tf.ones([1, 8, 8, 3]), output_stride=3, reuse=tf.AUTO_REUSE)
    with pytest.raises(ValueError, match="output_stride needs to be a multiple of 4"):
        resnet_v1.resnet_v1_50(tf.ones([1, 64, 64, 3]), output_stride=9)


def test_same_padding_does_not_depend_on_the_size():
    x = tf.ones([1, 5, 5, 1])
    y = resnet_utils.conv2d_same(x, 2, 3, 2, scope="c")
    assert y.shape.as_list() == [1, 3, 3, 2]
    assert resnet_utils.subsample(x, 1) is x
    assert resnet_utils.subsample(x, 2).shape.as_list() == [1, 3, 3, 1]


def test_inception_ends_where_it_is_told():
    x = tf.placeholder(tf.float32, [1, 224, 224, 3])
    net, end_points = inception_v1.inception_v1_base(x, "Mixed_4c")
    assert net.shape.as_list() == [1, 14, 14, 512]
    assert list(end_points)[-1] == "Mixed_4c"
    with pytest.raises(ValueError, match="Unknown final endpoint foo"):
        inception_v1.inception_v1_base(x, "foo", scope="other")


# ---- Training ----


def loss_of_ones():
    w = tf.get_variable("w", initializer=np.ones(2, np.float32))
    return tf.reduce_sum(w * w)


def step_of_ones(**arguments):
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    return slim.learning.create_train_op(loss_of_ones(), optimizer, **arguments)


def test_a_step_hands_on_the_loss(graph):
    train = step_of_ones(
        clip_gradient_norm=1.0, summarize_gradients=True, gradient_multipliers={"w": 2.0}
    )
    assert train.op.name == "train_op/control_dependency"
    assert tf.get_collection(tf.GraphKeys.TRAIN_OP)[-1] is train
    assert [s.op.name for s in tf.get_collection("summaries")] == [
        "summarize_grads/w_gradient",
        "summarize_grads/w_gradient_norm",
    ]
    step = tf.train.get_global_step()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(train) == 2
        loss, stops = slim.learning.train_step(
            session,
            train,
            step,
            {"should_stop": tf.greater_equal(step, 2), "should_log": tf.constant(True)},
        )
        assert loss == pytest.approx(2 * (1 - 0.1 / 2**0.5) ** 2)
        assert stops


def test_updates_run_first_and_bad_losses_are_errors():
    loss = loss_of_ones() / 0.0
    counter = tf.get_variable("counter", [], initializer=tf.zeros_initializer(), trainable=False)
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, counter.assign_add(1))
    train = slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.0))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError, match="LossTensor is inf or nan"):
            session.run(train)
        assert session.run(counter) == 1


def test_gradients_that_are_refused():
    multiply = training.multiply_gradients
    w = tf.get_variable("w", [1])
    for pairs, factors, text in (
        ((), {w: 1.0}, "`grads_and_vars` must be a list."),
        ([(None, w)], {}, "`gradient_multipliers` is empty."),
        ([(None, w)], {w: 1.0}, "Requested multiple of `None` gradient."),
    ):
        with pytest.raises(ValueError, match=text):
            multiply(pairs, factors)


def test_a_loop_trains_saves_and_goes_on(tmp_path):
    for steps, wanted in ((3, 0.8192), (5, 2 * 0.8**8)):
        with tf.Graph().as_default() as graph:
            train = step_of_ones()
            tf.summary.scalar("one", 1.0)
            loss = slim.learning.train(train, str(tmp_path), number_of_steps=steps)
            assert loss == pytest.approx(wanted)
            assert graph.finalized
        files = {path.name for path in tmp_path.iterdir()}
        assert {"checkpoint", "graph.pbtxt", f"model.ckpt-{steps}.index"} <= files
        assert any(name.startswith("events.out.tfevents") for name in files)


def test_a_loop_survives_a_lost_worker(tmp_path):
    """The next session goes on from the last checkpoint."""
    calls = []

    def step(session, train_op, global_step, kwargs):
        calls.append(session.run(global_step))
        if len(calls) == 2:
            raise tf.errors.AbortedError(None, None, "gone")
        return slim.learning.train_step(session, train_op, global_step, kwargs)

    loss = slim.learning.train(step_of_ones(), str(tmp_path), step, number_of_steps=3)
    assert loss == pytest.approx(0.8192)
    assert len(calls) >= 4


def test_an_evaluation_reads_a_checkpoint(tmp_path):
    slim.learning.train(step_of_ones(), str(tmp_path), number_of_steps=3)
    with tf.Graph().as_default():
        loss = loss_of_ones()
        tf.train.get_or_create_global_step()
        mean, update = slim.metrics.streaming_mean(loss)
        tf.summary.scalar("mean", mean)
        arguments = {"num_evals": 2, "eval_op": update, "final_op": mean}
        found = slim.evaluation.evaluate_once(
            "", f"{tmp_path}/model.ckpt-3", f"{tmp_path}/eval", **arguments
        )
        assert found == pytest.approx(2 * 0.8**6)
    with tf.Graph().as_default():
        loss = loss_of_ones()
        mean, update = slim.metrics.streaming_mean(loss)
        found = slim.evaluation.evaluation_loop(
            "",
            str(tmp_path),
            f"{tmp_path}/loop",
            variables_to_restore=tf.global_variables(),
            max_number_of_evaluations=1,
            num_evals=2,
            eval_op=update,
            final_op=mean,
        )
        assert found == pytest.approx(2 * 0.8**6)
    assert any((tmp_path / "eval").iterdir())
    # A graph without summaries writes none.
    assert not (tmp_path / "loop").exists()


def test_a_loop_ends_with_its_examples():
    example = tf.train.limit_epochs(tf.constant([1.0]), num_epochs=3)
    loss = loss_of_ones() + 0.0 * tf.reduce_sum(example)
    train = slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.1))
    assert slim.learning.train(train, None) == pytest.approx(0.8192)


def test_loops_that_are_refused():
    train = step_of_ones()
    for arguments, text in (
        ({"train_op": None, "logdir": None}, "train_op cannot be None."),
        ({"number_of_steps": 0}, "must be either None or a positive number"),
        ({"summary_op": None}, "Cannot provide summary_op because logdir=None"),
        ({"saver": tf.train.Saver()}, "Cannot provide saver because logdir=None"),
    ):
        with pytest.raises(ValueError, match=text):
            slim.learning.train(**{"train_op": train, "logdir": None, **arguments})
    with pytest.raises(RuntimeError, match="Variables not initialized: w, global_step"):
        slim.learning.train(train, None, init_op=None)


def test_queue_runners_are_not_nested():
    queue = tf.FIFOQueue(2, tf.int32)
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(7)]))
    take = queue.dequeue()
    with tf.Session() as session:
        with slim.queues.QueueRunners(session):
            assert session.run(take) == 7
            with (
                pytest.raises(slim.queues.NestedQueueRunnerError, match="cannot be nested"),
                slim.queues.QueueRunners(session),
            ):
                pass
    with tf.Graph().as_default(), tf.Session() as session, slim.queues.QueueRunners(session):
        pass


def test_models_are_analyzed(capsys):
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    slim.fully_connected(x, 3, scope="fc")
    assert slim.model_analyzer.analyze_vars(tf.global_variables(), print_info=True) == (15, 60)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "---------",
        "Variables: name (type shape) [size]",
        "---------",
        "fc/weights:0 (float32_ref 4x3) [12, bytes: 48]",
        "fc/biases:0 (float32_ref 3) [3, bytes: 12]",
        "Total size of variables: 15",
        "Total bytes of variables: 60",
    ]
    assert slim.model_analyzer.analyze_ops(x.graph, print_info=True) == 89
    assert "x \t-> (float32 ?x4) [0]" in capsys.readouterr().out


# ---- Checkpoints ----


@pytest.fixture
def checkpoint(tmp_path):
    """A checkpoint of a = [1, 2] and net/b = 3."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable("a", initializer=np.float32([1, 2]))
        with tf.variable_scope("net"):
            tf.get_variable("b", initializer=np.float32(3))
        session.run(tf.global_variables_initializer())
        return tf.train.Saver().save(session, str(tmp_path / "model"))


def test_variables_are_assigned_from_a_checkpoint(checkpoint):
    a = slim.model_variable("a", [2])
    other = slim.model_variable("other", [])
    assign, fed = slim.assign_from_checkpoint(checkpoint, {"a": a, "net/b": other})
    restore = slim.assign_from_checkpoint_fn(checkpoint, [a])
    with tf.Session() as session:
        session.run(assign, fed)
        assert session.run(a).tolist() == [1, 2]
        assert session.run(other) == 3
        a.load([0, 0], session)
        restore(session)
        assert session.run(a).tolist() == [1, 2]


def test_names_that_a_checkpoint_lacks(checkpoint):
    a = slim.model_variable("a", [2])
    missing = slim.model_variable("missing", [2])
    with pytest.raises(ValueError, match=r"Checkpoint is missing variable \[missing\]"):
        slim.assign_from_checkpoint(checkpoint, [a, missing])
    _, fed = slim.assign_from_checkpoint(checkpoint, [a, missing], ignore_missing_vars=True)
    assert len(fed) == 1
    assert slim.assign_from_checkpoint_fn(checkpoint, [missing], ignore_missing_vars=True) is None
    with pytest.raises(ValueError, match="var_list cannot be empty"):
        slim.assign_from_checkpoint_fn(checkpoint, [])
    with pytest.raises(ValueError, match="Total size of new array must be unchanged for a"):
        slim.assign_from_checkpoint(checkpoint, {"a": slim.model_variable("c", [3])})
    assert tf.contrib.framework.list_variables(checkpoint) == [("a", [2]), ("net/b", [])]


# ---- Hyperparameters ----


def hyperparameters():
    return training.HParams(lr=0.1, n=3, name="x", sizes=[1, 2], flag=True)


def test_hyperparameters():
    h = hyperparameters()
    assert str(h) == "lr=0.1,n=3,name=x,sizes=[1, 2],flag=True"
    assert h.to_json() == '{"lr": 0.1, "n": 3, "name": "x", "sizes": [1, 2], "flag": true}'
    assert h.parse("lr=5,n=7,sizes=[3,4],flag=false,name=a b").values() == {
        "lr": 5.0,
        "n": 7,
        "name": "a b",
        "sizes": [3, 4],
        "flag": False,
    }
    assert ("n" in h, "zz" in h, h.get("n"), h.get("zz", 5)) == (True, False, 7, 5)
    h.add_hparam("extra", 1)
    h.del_hparam("extra")
    h.n = 9
    assert h.override_from_dict({"lr": 2}).parse_json('{"name": "b"}').values()["n"] == 9
    assert copy.deepcopy(h).values() == h.values()
    h.set_model_structure("model")
    assert h.get_model_structure() == "model"
    with pytest.raises(AttributeError, match="'HParams' object has no attribute 'zz'"):
        h.zz  # noqa: B018


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zz=1", "Unknown hyperparameter type for zz"),
        ("n=1.5", "Could not parse hparam 'n' of type 'int' with value '1.5' in n=1.5"),
        ("flag=TRUE", "Could not parse hparam 'flag' of type 'bool' with value 'TRUE'"),
        ("sizes=3", "Must pass a list for multi-valued parameter: sizes."),
        ("n=[3]", "Must not pass a list for single-valued parameter: n"),
        ("n=1,n=2", "Multiple assignments to variable 'n' in n=1,n=2"),
        ("n", "Malformed hyperparameter value: n"),
        ("sizes=[1,a]", "Could not parse hparam 'sizes' of type 'int' with value '1,a'"),
    ],
)
def test_text_that_is_refused(text, message):
    with pytest.raises(ValueError, match=message.replace("[", r"\[")):
        hyperparameters().parse(text)


def test_values_that_are_refused():
    h = hyperparameters()
    for name, value in (("n", "12"), ("n", 2.0), ("n", True), ("flag", 1), ("name", 1)):
        with pytest.raises(ValueError, match=f"Could not cast hparam '{name}' of type"):
            h.set_hparam(name, value)
    with pytest.raises(KeyError):
        h.set_hparam("zz", 1)
    for name in ("n", "parse"):
        with pytest.raises(ValueError, match=f"Hyperparameter name is reserved: {name}"):
            h.add_hparam(name, 1)
    with pytest.raises(ValueError, match="cannot be empty"):
        h.add_hparam("empty", [])
    with pytest.raises(ValueError, match="is incompatible with default=a"):
        h.get("n", "a")


def test_values_are_parsed():
    kinds = {"a": int, "b": float, "c": int, "s": str}
    found = training.parse_values("a=1,b=[2,3],c[1]=4,s=x,z=1", kinds, ignore_unknown=True)
    assert found == {"a": 1, "b": [2.0, 3.0], "c": {1: 4}, "s": "x"}


# ---- Buckets ----


def batches(**arguments):
    """Lengths of the batches of sequences 1 to 12 long, in buckets from 1, 4 and 8 on."""
    number = tf.train.range_input_producer(12, num_epochs=1, shuffle=False).dequeue()
    lengths, batch = training.bucket_by_sequence_length(
        number + 1, {"sequence": tf.range(number + 1)}, 2, [4, 8], dynamic_pad=True, **arguments
    )
    found = []
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        with contextlib.suppress(tf.errors.OutOfRangeError):
            while True:
                length, sequence = session.run([lengths, batch["sequence"]])
                assert sequence.shape == (len(length), max(length))
                found.append(length.tolist())
        coordinator.request_stop()
        coordinator.join(threads)
    return sorted(found)


def test_sequences_of_one_length_come_together():
    assert batches() == [[1, 2], [4, 5], [6, 7], [8, 9], [10, 11]]
    assert tf.get_collection("queue_runners")[1].name == (
        "bucket_by_sequence_length/bucket/bucket_queue_0"
    )


def test_the_last_batches_may_be_smaller():
    found = batches(allow_smaller_final_batch=True)
    assert found == [[1, 2], [3], [4, 5], [6, 7], [8, 9], [10, 11], [12]]


def test_buckets_that_are_refused():
    x = tf.constant(1)
    for error, boundaries, text in (
        (ValueError, [], "bucket_boundaries must not be empty"),
        (ValueError, [2, 1], "sequential increasing lengths, but saw: 2 before 1"),
        (TypeError, ["a", "b"], "bucket boundaries must be integers"),
        (TypeError, 3, "bucket_boundaries must be a list or tuple"),
    ):
        with pytest.raises(error, match=text):
            training.bucket_by_sequence_length(x, [x], 2, boundaries)
    with pytest.raises(ValueError, match="must have num_buckets elements"):
        training.bucket([x], x, [2], 2)
    with pytest.raises(ValueError, match="must have exactly num_buckets"):
        training.bucket([x], x, 2, 2, bucket_capacities=[1])
    with pytest.raises(ValueError, match="Expected at least one tensor"):
        training.bucket([], x, 2, 2)


# ---- Data sets ----


def feature(values):
    made = tf.train.Feature()
    kind = {bytes: "bytes_list", float: "float_list", int: "int64_list"}[type(values[0])]
    getattr(made, kind).value.extend(values)
    return made


def example(number):
    features = {
        "a": feature([number, 2, 3, 4]),
        "shape": feature([2, 2]),
        "text": feature([b"x", b"y"]),
        "box/ymin": feature([0.0, 0.25]),
        "box/xmin": feature([0.5, 0.5]),
        "box/ymax": feature([0.75, 0.75]),
        "box/xmax": feature([1.0, 1.0]),
        "indices": feature([0, 3]),
        "values": feature([5.0, 6.0]),
    }
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def decoder():
    decode = slim.tfexample_decoder
    sparse = [
        "text",
        "indices",
        "values",
        "empty",
        *(f"box/{s}{m}" for s in "xy" for m in ("min", "max")),
    ]
    kinds = {"text": tf.string, "indices": tf.int64, "empty": tf.int64}
    keys = {name: tf.VarLenFeature(kinds.get(name, tf.float32)) for name in sparse}
    keys["a"] = tf.FixedLenFeature([4], tf.int64)
    keys["shape"] = tf.FixedLenFeature([2], tf.int64)
    return decode.TFExampleDecoder(
        keys,
        {
            "a": decode.Tensor("a"),
            "square": decode.Tensor("a", shape=[2, 2]),
            "shaped": decode.Tensor("a", shape_keys="shape"),
            "text": decode.Tensor("text", default_value=""),
            "boxes": decode.BoundingBox(prefix="box/"),
            "dense": decode.SparseTensor(shape=[4], densify=True),
            "sparse": decode.SparseTensor(shape=[4]),
            "first": decode.ItemHandlerCallback("a", lambda features: features["a"][0]),
            "backup": decode.BackupHandler(decode.Tensor("empty"), decode.Tensor("a")),
        },
    )


def test_items_are_decoded():
    decode = decoder()
    items = decode.decode(tf.constant(example(1)))
    with tf.Session() as session:
        found = dict(zip(decode.list_items(), session.run(items), strict=True))
    sparse = found.pop("sparse")
    assert (sparse.indices.tolist(), sparse.values.tolist()) == ([[0], [3]], [5, 6])
    assert {name: value.tolist() for name, value in found.items()} == {
        "a": [1, 2, 3, 4],
        "square": [[1, 2], [3, 4]],
        "shaped": [[1, 2], [3, 4]],
        "text": [b"x", b"y"],
        "boxes": [[0, 0.5, 0.75, 1], [0.25, 0.5, 0.75, 1]],
        "dense": [5, 0, 0, 6],
        "first": 1,
        "backup": [1, 2, 3, 4],
    }
    with pytest.raises(KeyError):
        decode.decode(tf.constant(example(1)), ["zz"])


def test_a_data_set_is_read(tmp_path):
    for name, numbers in (("one", range(3)), ("two", range(3, 5))):
        with tf.python_io.TFRecordWriter(str(tmp_path / f"{name}.records")) as writer:
            for number in numbers:
                writer.write(example(number))
    files = str(tmp_path / "*.records")
    data = slim.dataset.Dataset(files, tf.TFRecordReader, decoder(), 5, {"a": "numbers"}, extra=1)
    provider = slim.dataset_data_provider.DatasetDataProvider(data, shuffle=False, num_epochs=1)
    assert (provider.num_samples(), data.extra) == (5, 1)
    with pytest.raises(ValueError, match=r"Item \[zz\] is invalid. Valid entries include: "):
        provider.get(["zz"])
    first, key = provider.get(["first", "record_key"])
    key.set_shape([])
    queue = slim.prefetch_queue.prefetch_queue({"first": first, "key": key})
    item = queue.dequeue()
    found = []
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        with slim.queues.QueueRunners(session), contextlib.suppress(tf.errors.OutOfRangeError):
            while True:
                found.append(session.run(item)["first"])
    assert sorted(found) == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="No data files found in"):
        slim.parallel_reader.get_data_files(str(tmp_path / "none*"))
