"""TPUEstimator on the local device, and what belongs to it. Texts and numbers are 1.15's."""

import logging
import re

import numpy as np
import pytest

import tfsession as tf

tpu = tf.contrib.tpu


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph
    tf.summary.FileWriterCache.clear()


@pytest.fixture
def messages(caplog):
    caplog.set_level(logging.INFO, logger="tensorflow")
    return lambda: [record.getMessage() for record in caplog.records]


def input_fn(params):
    features = np.arange(40, dtype=np.float32).reshape(20, 2) / 40.0
    whole = tf.data.Dataset.from_tensor_slices((features, np.ones((20, 1), np.float32)))
    return whole.batch(params["batch_size"], drop_remainder=True).repeat(4)


def model_fn(features, labels, mode, params):
    """A product with a vector; the host call counts the steps."""
    weights = tf.get_variable("w", [2, 1], initializer=tf.constant_initializer(0.5))
    count = tf.get_variable("c", [], initializer=tf.zeros_initializer(), trainable=False)
    predictions = tf.matmul(features, weights)
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tpu.TPUEstimatorSpec(mode, predictions={"p": predictions})
    losses = tf.square(predictions - labels)
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    if params["use_tpu"]:
        optimizer = tpu.CrossShardOptimizer(optimizer)

    def host_call(losses):
        with tf.control_dependencies([tf.assign_add(count, 1.0)]):
            return tf.identity(losses)

    return tpu.TPUEstimatorSpec(
        mode,
        loss=tf.reduce_mean(losses),
        train_op=optimizer.minimize(tf.reduce_mean(losses), tf.train.get_global_step()),
        eval_metrics=(lambda losses: {"m": tf.metrics.mean(losses)}, {"losses": losses}),
        host_call=(host_call, [losses]),
    )


def estimator(folder, **options):
    config = tpu.RunConfig(model_dir=str(folder), tf_random_seed=1, **options)
    return tpu.TPUEstimator(
        model_fn,
        config=config,
        use_tpu=False,
        train_batch_size=4,
        eval_batch_size=2,
        predict_batch_size=5,
        params={"k": 1},
    )


def test_each_mode_has_its_batch_size(tmp_path, messages):
    model = estimator(tmp_path, tpu_config=tpu.TPUConfig(iterations_per_loop=3))
    assert model.train(input_fn, max_steps=6) is model
    told = messages()
    assert "Running train on CPU" in told
    assert told[-2:] == ["Loss for final step: 0.8043433.", "training_loop marked as finished"]
    assert model.get_variable_value("c") == 6
    found = model.evaluate(input_fn, steps=3)
    assert found == {"loss": found["m"], "m": found["m"], "global_step": 6}
    assert found["m"] == pytest.approx(0.69978356, rel=1e-6)
    assert len(list(model.predict(input_fn))) == 80


def test_speed_is_told_by_the_loops_of_a_tpu(tmp_path, messages):
    config = tpu.TPUConfig(iterations_per_loop=3)
    estimator(tmp_path, tpu_config=config, log_step_count_steps=6).train(input_fn, steps=7)
    told = [text for text in messages() if text.startswith("examples/sec: ")]
    assert len(told) == 3


def test_errors_are_logged_and_raised(tmp_path, messages):
    with pytest.raises(ValueError, match="does not include params argument, required by TPUEst"):
        estimator(tmp_path).train(lambda: input_fn({"batch_size": 2}), steps=1)
    told = messages()[-3:]
    assert told[0].startswith("Error recorded from training_loop: input_fn (")
    assert told[1:] == ["training_loop marked as finished", "Reraising captured error"]


def test_there_are_no_tpus(tmp_path):
    config = tpu.RunConfig(model_dir=str(tmp_path))
    model = tpu.TPUEstimator(model_fn, config=config, train_batch_size=8, params={})
    with pytest.raises(RuntimeError, match="there are no TPUs here; pass use_tpu=False"):
        model.train(input_fn, steps=1)


def test_parameters_may_be_hparams(tmp_path):
    params = tf.contrib.training.HParams(k=2)
    seen = []

    def remember(features, labels, mode, params):
        seen.append((params.k, params.batch_size, params.use_tpu))
        loss = tf.reduce_mean(features)
        step = tf.assign_add(tf.train.get_global_step(), 1)
        return tpu.TPUEstimatorSpec(mode, loss=loss, train_op=step)

    config = tpu.RunConfig(model_dir=str(tmp_path))
    model = tpu.TPUEstimator(
        remember, config=config, use_tpu=False, train_batch_size=4, params=params
    )
    model.train(lambda params: input_fn({"batch_size": params.batch_size}), steps=1)
    assert seen == [(2, 4, False)]


def test_an_export_has_no_batch_size(tmp_path):
    def serving():
        x = tf.placeholder(tf.float32, [None, 2])
        return tf.estimator.export.TensorServingInputReceiver(x, {"in": x})

    model = estimator(tmp_path / "model")
    model.train(input_fn, steps=1)
    path = model.export_savedmodel(str(tmp_path / "export"), serving)
    with tf.Graph().as_default(), tf.Session() as session:
        loaded = tf.saved_model.loader.load(session, ["serve"], path.decode())
        signature = loaded.signature_def["serving_default"]
        found = session.run(signature.outputs["p"].name, {signature.inputs["in"].name: [[0, 0]]})
    assert found.tolist() == [[0]]


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda: tpu.TPUConfig(0), ValueError, "Invalid TPUConfig `iterations_per_loop` value."),
        (lambda: tpu.TPUConfig(num_shards="a"), TypeError, "TPUConfig num_shards must be int"),
        (
            lambda: tpu.TPUConfig(num_cores_per_replica=3),
            ValueError,
            "num_cores_per_replica must be 1, 2, 4, 8, 16, 32, 64, 128; got 3",
        ),
        (
            lambda: tpu.TPUEstimator(model_fn, use_tpu=False),
            ValueError,
            "`config` must be provided with type `tpu_config.RunConfig`",
        ),
        (
            lambda: tpu.TPUEstimator(
                model_fn, config=tpu.RunConfig(), use_tpu=False, params={"batch_size": 3}
            ),
            ValueError,
            "['batch_size', 'context'] are reserved keys but existed in params {'batch_size': 3}.",
        ),
        (
            lambda: tpu.TPUEstimatorSpec("train", host_call=(3, [])),
            TypeError,
            "host_call[0] should be callable.",
        ),
        (
            lambda: tpu.TPUEstimatorSpec(
                "eval", eval_metrics=(lambda a: 1, [tf.constant(1), tf.constant(2)])
            ),
            RuntimeError,
            "In TPUEstimatorSpec.eval_metrics, length of tensors 2 does not match method args",
        ),
        (
            lambda: tpu.CrossShardOptimizer(tf.train.AdamOptimizer(), "foo"),
            ValueError,
            "Unsupported reduction: foo.",
        ),
        (
            tf.contrib.cluster_resolver.TPUClusterResolver,
            ValueError,
            "Please provide a TPU Name to connect to.",
        ),
    ],
)
def test_mistakes_are_told_as_tensorflow_tells_them(make, kind, text):
    with pytest.raises(kind, match=re.escape(text)):
        make()


def test_one_shard_is_the_whole_optimizer():
    optimizer = tpu.CrossShardOptimizer(tf.train.MomentumOptimizer(0.5, 0.9))
    x = tf.Variable([1.0, 2.0], name="x")
    step = optimizer.minimize(tf.reduce_sum(x * x))
    assert optimizer.get_slot(x, "momentum").name == "x/Momentum:0"
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run(x).tolist() == [0, 0]


def test_bfloat16_is_kept_as_float32():
    with tf.tpu.bfloat16_scope():
        narrow = tf.get_variable("narrow", [2], tf.bfloat16)
        tf.get_variable("wide", [2], tf.float32)
    assert narrow.dtype == tf.bfloat16
    assert [v.dtype.base_dtype for v in tf.global_variables()] == [tf.float32] * 2


def test_computations_are_built_here():
    x = tf.Variable(1.0)
    doubled = tf.tpu.rewrite(lambda y: [y * 2, tf.assign_add(x, 1.0).op], [tf.constant(3.0)])
    added = tpu.repeat(4, lambda y: [y + 1], [tf.constant(1)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(doubled) == [6]
        assert session.run(x) == 2
        assert session.run(added) == [5]
    with pytest.raises(ValueError, match="num_shards=8: a local device is one shard"):
        tf.tpu.shard(lambda: None, num_shards=8)


def test_resolvers_know_what_they_were_told(monkeypatch):
    resolvers = tf.contrib.cluster_resolver
    cluster = tf.train.ClusterSpec({"worker": ["a:1", "b:2"]})
    simple = resolvers.SimpleClusterResolver(cluster, "m", "worker", 1)
    assert (simple.master(), simple.master("worker", 0)) == ("m", "a:1")
    both = resolvers.UnionClusterResolver(
        simple, resolvers.SimpleClusterResolver(tf.train.ClusterSpec({"worker": ["c:3"]}))
    )
    assert both.cluster_spec().as_dict() == {"worker": ["a:1", "b:2", "c:3"]}
    task = '{"cluster": {"ps": ["x:1"], "worker": ["y:2"]}, "task": {"type": "ps", "index": 0}}'
    monkeypatch.setenv("TF_CONFIG", task)
    assert resolvers.TFConfigClusterResolver().master() == "grpc://x:1"
    address = resolvers.TPUClusterResolver("grpc://1.2.3.4:8470")
    assert address.cluster_spec().as_dict() == {"worker": ["1.2.3.4:8470"]}
