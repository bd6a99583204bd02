"""Estimators: training, evaluation, prediction, export. Orders and texts are TensorFlow 1.15's."""

import json
import logging
import os
import re

import numpy as np
import pytest

import tfsession as tf

ModeKeys = tf.estimator.ModeKeys
Spec = tf.estimator.EstimatorSpec
WEIGHT = 0.5


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph
    tf.summary.FileWriterCache.clear()


@pytest.fixture
def messages(caplog):
    caplog.set_level(logging.INFO, logger="tensorflow")
    return lambda: [record.getMessage() for record in caplog.records]


def data(batches=5):
    features = np.arange(20, dtype=np.float32).reshape(10, 2)
    labels = np.ones((10, 1), np.float32)
    whole = tf.data.Dataset.from_tensor_slices((features, labels))
    return whole.batch(2).repeat().take(batches)


def linear(features, labels, mode, params):
    """A product with a vector, trained by gradient descent."""
    features = features["x"] if isinstance(features, dict) else features
    weights = tf.get_variable("w", [2, 1], initializer=tf.constant_initializer(WEIGHT))
    predictions = tf.matmul(features, weights)
    if mode == ModeKeys.PREDICT:
        return Spec(mode, predictions={"p": predictions})
    loss = tf.reduce_mean(tf.square(predictions - labels))
    optimizer = tf.train.GradientDescentOptimizer(params["rate"])
    return Spec(
        mode,
        predictions={"p": predictions},
        loss=loss,
        train_op=optimizer.minimize(loss, tf.train.get_global_step()),
        eval_metric_ops={"mse": tf.metrics.mean_squared_error(labels, predictions)},
    )


def estimator(folder, **options):
    config = tf.estimator.RunConfig(tf_random_seed=1, **options)
    return tf.estimator.Estimator(linear, str(folder), config, params={"rate": 0.001})


# ---- Training ----


def test_training_logs_what_people_read(tmp_path, messages):
    model = estimator(tmp_path, save_checkpoints_steps=3, log_step_count_steps=2)
    assert model.train(data) is model
    told = messages()
    assert told[0].startswith(f"Using config: {{'_model_dir': '{tmp_path}', '_tf_random_seed': 1,")
    told = [re.sub(r"\(.* sec\)|sec: .*", "...", text) for text in told[1:]]
    assert told == [
        "Calling model_fn.",
        "Done calling model_fn.",
        "Create CheckpointSaverHook.",
        "Graph was finalized.",
        "Running local_init_op.",
        "Done running local_init_op.",
        f"Saving checkpoints for 0 into {tmp_path}/model.ckpt.",
        "loss = 1.25, step = 1",
        f"Saving checkpoints for 3 into {tmp_path}/model.ckpt.",
        "global_step/...",
        "loss = 56.422245, step = 3 ...",
        "global_step/...",
        "loss = 7.6581717, step = 5 ...",
        f"Saving checkpoints for 5 into {tmp_path}/model.ckpt.",
        "Loss for final step: 7.6581717.",
    ]
    state = (tmp_path / "checkpoint").read_text().splitlines()
    assert state[0] == 'model_checkpoint_path: "model.ckpt-5"'


def test_steps_are_further_ones_and_max_steps_are_all(tmp_path, messages):
    model = estimator(tmp_path)
    model.train(lambda: data(100), steps=2)
    model.train(lambda: data(100), steps=2)
    assert model.get_variable_value("global_step") == 4
    model.train(lambda: data(100), max_steps=4)
    assert messages()[-1] == "Skipping training since max_steps has already saved."
    model.train(lambda: data(100), max_steps=5)
    assert model.latest_checkpoint() == f"{tmp_path}/model.ckpt-5"


def test_no_data_is_no_error(tmp_path, messages):
    estimator(tmp_path).train(lambda: data(0))
    assert "Training with estimator made no steps. Perhaps input is empty or misspecified." in (
        messages()
    )


def test_hooks_and_listeners_see_the_session(tmp_path):
    calls = []

    class Hook(tf.train.SessionRunHook):
        def begin(self):
            names = [x.op.name for x in tf.get_collection(tf.GraphKeys.SUMMARIES)]
            losses = [x.op.name for x in tf.get_collection(tf.GraphKeys.LOSSES)]
            calls.append((names, losses))

        def after_run(self, run_context, run_values):
            calls.append("run")

    class Listener(tf.train.CheckpointSaverListener):
        def after_save(self, session, global_step_value):
            calls.append(int(global_step_value))

    estimator(tmp_path).train(data, hooks=[Hook()], steps=2, saving_listeners=[Listener()])
    assert calls == [(["loss"], ["Mean"]), 0, "run", "run", 2]


def test_input_functions_and_model_functions_get_what_they_name(tmp_path):
    seen = {}

    def input_fn(mode, params, config):
        seen["input"] = mode, params, config.model_dir
        assert tf.constant(1).device == "/device:CPU:0"
        return data()

    def model_fn(features, labels, config):
        seen["model"] = config.tf_random_seed
        return linear(features, labels, ModeKeys.TRAIN, {"rate": 0.1})

    config = tf.estimator.RunConfig(tf_random_seed=7)
    tf.estimator.Estimator(model_fn, str(tmp_path), config).train(input_fn, steps=1)
    assert seen == {"input": ("train", {}, str(tmp_path)), "model": 7}


# ---- Evaluation and prediction ----


def test_evaluation_gives_metrics_and_writes_them(tmp_path, messages):
    model = estimator(tmp_path)
    model.train(data)
    found = model.evaluate(lambda: data(100), steps=2, name="small")
    assert list(found) == ["loss", "mse", "global_step"]
    assert found["loss"] == pytest.approx(found["mse"])
    assert found["global_step"] == 5
    told = messages()
    assert told[-5:-3] == ["Evaluation [1/2]", "Evaluation [2/2]"]
    assert told[-2] == (
        f"Saving dict for global step 5: global_step = 5, loss = {found['loss']!s}, "
        f"mse = {found['mse']!s}"
    )
    assert told[-1] == (
        f"Saving 'checkpoint_path' summary for global step 5: {tmp_path}/model.ckpt-5"
    )
    (path,) = (tmp_path / "eval_small").iterdir()
    tags = [
        value.tag for event in tf.train.summary_iterator(str(path)) for value in event.summary.value
    ]
    assert tags == ["loss", "mse", "checkpoint_path"]


def test_without_a_checkpoint_variables_have_their_initial_values(tmp_path, messages):
    model = estimator(tmp_path)
    (first, *_) = model.predict(lambda: data(1))
    np.testing.assert_allclose(first["p"], [0.5])
    assert messages()[1] == (
        f"Could not find trained model in model_dir: {tmp_path}, running initialization to predict."
    )
    with pytest.raises(ValueError, match=f"Could not find trained model in model_dir: {tmp_path}"):
        model.get_variable_names()


def test_predictions_are_single_examples_or_batches(tmp_path):
    model = estimator(tmp_path)
    assert [x["p"].shape for x in model.predict(lambda: data(2))] == [(1,)] * 4
    batches = model.predict(lambda: data(2), ["p"], yield_single_examples=False)
    assert [x["p"].shape for x in batches] == [(2, 1)] * 2
    with pytest.raises(ValueError, match=r"Expected to run at least one output from dict_keys"):
        next(model.predict(data, predict_keys=["q"]))


def test_a_dataset_is_read_from_its_start_in_each_evaluation(tmp_path):
    model = estimator(tmp_path)
    model.train(data)
    assert model.evaluate(data) == model.evaluate(data)


# ---- Mistakes ----


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda e: e.train(data, steps=1, max_steps=1), ValueError, "Can not provide both steps"),
        (lambda e: e.train(data, steps=0), ValueError, "Must specify steps > 0, given: 0"),
        (lambda e: e.train(data, hooks=[3]), TypeError, "Hooks must be a SessionRunHook, given: 3"),
        (
            lambda e: e.train(data, saving_listeners=[3]),
            TypeError,
            "saving_listeners must be a list of CheckpointSaverListener, given: 3",
        ),
        (
            lambda e: e.train(lambda: (1, 2, 3), steps=1),
            ValueError,
            "input_fn should return (features, labels) as a len 2 tuple.",
        ),
        (lambda e: e.export_saved_model("x", None), ValueError, "An input_receiver_fn must be"),
        (lambda e: e.export_saved_model("x", data), ValueError, "Couldn't find trained model at"),
    ],
)
def test_mistakes_are_told_as_tensorflow_tells_them(tmp_path, call, kind, text):
    with pytest.raises(kind, match=re.escape(text)):
        call(estimator(tmp_path))


@pytest.mark.parametrize(
    ("model_fn", "params", "text"),
    [
        (None, None, "model_fn must be provided to Estimator."),
        (lambda labels: 1, None, "must include features argument."),
        (lambda features, foo: 1, None, "has following not expected args: ['foo']"),
        (lambda features: 1, {"a": 1}, "does not include params argument, but params ({'a': 1})"),
    ],
)
def test_model_functions_are_known_by_their_arguments(tmp_path, model_fn, params, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        tf.estimator.Estimator(model_fn, str(tmp_path), params=params)


def test_subclasses_must_not_change_members():
    class Changed(tf.estimator.Estimator):
        def train(self, *args):
            raise NotImplementedError

    with pytest.raises(ValueError, match=r"does override \['train'\]"):
        Changed(linear)


def test_specs_say_what_is_missing():
    loss, step = tf.constant(1.0), tf.no_op()
    for arguments, text in (
        ({"mode": "train"}, "Missing train_op."),
        ({"mode": "train", "train_op": step}, "Missing loss."),
        ({"mode": "eval"}, "Missing loss."),
        ({"mode": "infer"}, "Missing predictions."),
        ({"mode": "eval", "loss": tf.constant([1.0, 2.0])}, "Loss must be scalar, given: "),
    ):
        with pytest.raises(ValueError, match=text):
            Spec(**arguments)
    with pytest.raises(TypeError, match=r"train_op must be Operation or Tensor, given: x"):
        Spec("train", loss=loss, train_op="x")
    with tf.Graph().as_default():
        other = tf.constant(1.0, name="other")
    with pytest.raises(ValueError, match='loss with "other:0" must be from the default graph'):
        Spec("eval", loss=other)
    assert Spec("train", loss=tf.constant([1.0]), train_op=step).loss.shape == ()


# ---- Configuration ----


def test_configurations_are_replaced_not_changed():
    config = tf.estimator.RunConfig()
    assert (config.save_checkpoints_secs, config.save_checkpoints_steps) == (600, None)
    other = config.replace(save_checkpoints_steps=5)
    assert (other.save_checkpoints_secs, other.save_checkpoints_steps) == (None, 5)
    assert config.save_checkpoints_secs == 600
    with pytest.raises(ValueError, match=r"Replacing master is not supported\."):
        config.replace(master="x")
    with pytest.raises(ValueError, match="keep_checkpoint_max should be >= 0"):
        tf.estimator.RunConfig(keep_checkpoint_max=-1)


def test_the_environment_says_which_task_this_is(monkeypatch):
    cluster = {"chief": ["h:1"], "ps": ["h:2"], "worker": ["h:3", "h:4"]}
    task = {"type": "worker", "index": 1}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": task}))
    config = tf.estimator.RunConfig()
    assert config.cluster_spec.as_dict() == cluster
    assert (config.master, config.is_chief, config.global_id_in_cluster) == ("grpc://h:4", False, 2)
    assert (config.num_worker_replicas, config.num_ps_replicas) == (3, 1)
    assert config.session_config.device_filters == ["/job:ps", "/job:worker/task:1"]
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"ps": ["h:1"]}, "task": task}))
    with pytest.raises(ValueError, match='it must have one "chief" node'):
        tf.estimator.RunConfig()


# ---- Export ----


def serving():
    x = tf.placeholder(tf.float32, [None, 2], name="xx")
    return tf.estimator.export.ServingInputReceiver({"x": x}, {"in": x})


def test_an_exported_model_is_served(tmp_path, messages):
    model = estimator(tmp_path / "model")
    model.train(data)
    path = model.export_saved_model(str(tmp_path / "export"), serving, {"note": __file__})
    assert os.path.dirname(path) == os.fsencode(tmp_path / "export")
    assert os.path.exists(os.path.join(path, b"assets.extra", b"note"))
    assert "Signatures INCLUDED in export for Predict: ['serving_default']" in messages()
    with tf.Graph().as_default(), tf.Session() as session:
        loaded = tf.saved_model.loader.load(session, ["serve"], path.decode())
        signature = loaded.signature_def["serving_default"]
        assert signature.method_name == "tensorflow/serving/predict"
        found = session.run(signature.outputs["p"].name, {signature.inputs["in"].name: [[1, 2]]})
    np.testing.assert_allclose(found, [[1, 2]] @ model.get_variable_value("w"), rtol=1e-6)


def test_each_mode_has_a_graph_of_its_own(tmp_path):
    model = estimator(tmp_path / "model")
    model.train(data)
    x, y = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32, [None, 1])
    supervised = tf.estimator.experimental.build_raw_supervised_input_receiver_fn({"x": x}, y)
    path = model.experimental_export_all_saved_models(
        str(tmp_path / "export"), {"infer": serving, "train": supervised}
    )
    with tf.Graph().as_default(), tf.Session() as session:
        loaded = tf.saved_model.loader.load(session, ["train"], path.decode())
        signature = loaded.signature_def["train"]
    assert sorted(signature.inputs) == ["label", "x"]
    assert sorted(signature.outputs) == [
        *("loss", "metrics/mse/update_op", "metrics/mse/value", "predictions/p")
    ]


# ---- train_and_evaluate ----


def test_training_is_evaluated_at_its_checkpoints(tmp_path, messages):
    model = estimator(tmp_path, save_checkpoints_steps=2)
    exporters = [
        tf.estimator.LatestExporter("latest", serving, exports_to_keep=1),
        tf.estimator.FinalExporter("final", serving),
        tf.estimator.BestExporter(serving_input_receiver_fn=serving),
    ]
    results, exported = tf.estimator.train_and_evaluate(
        model,
        tf.estimator.TrainSpec(lambda: data(100), max_steps=5),
        tf.estimator.EvalSpec(lambda: data(100), steps=1, exporters=exporters, throttle_secs=0),
    )
    assert results["global_step"] == 5
    assert [path is None for path in exported] == [False, False, True]
    assert len(list((tmp_path / "export" / "latest").iterdir())) == 1
    saved = [x for x in messages() if x.startswith("Saving dict for global step")]
    assert [int(re.search(r"step (\d+):", x)[1]) for x in saved] == [2, 4, 5]


def test_evaluations_keep_their_distance(tmp_path, messages):
    model = estimator(tmp_path, save_checkpoints_steps=2)
    tf.estimator.train_and_evaluate(
        model,
        tf.estimator.TrainSpec(lambda: data(100), max_steps=5),
        tf.estimator.EvalSpec(lambda: data(100), steps=1),
    )
    skipped = "Skip the current checkpoint eval due to throttle secs (600 secs)."
    assert messages().count(skipped) == 2


# ---- Warm start ----


def test_a_model_starts_with_the_values_of_another(tmp_path, messages):
    first = estimator(tmp_path / "first")
    first.train(data)
    second = tf.estimator.Estimator(
        linear,
        str(tmp_path / "second"),
        params={"rate": 0.0},
        warm_start_from=tf.estimator.WarmStartSettings(str(tmp_path / "first"), "w"),
    )
    second.train(data, steps=1)
    np.testing.assert_array_equal(second.get_variable_value("w"), first.get_variable_value("w"))
    assert "Warm-started 1 variables." in messages()


def test_rows_follow_their_words(tmp_path):
    (tmp_path / "old").write_text("a\nb\nc\n")
    (tmp_path / "new").write_text("c\na\nz\n")
    path = str(tmp_path / "ck")
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable("e", initializer=np.float32([[1, 2], [3, 4], [5, 6]]))
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, path)
    with tf.Graph().as_default(), tf.Session() as session:
        rows = tf.get_variable("e", [4, 2], initializer=tf.ones_initializer())
        words = tf.train.VocabInfo(str(tmp_path / "new"), 3, 1, str(tmp_path / "old"))
        tf.train.warm_start(path, "e", {"e": words})
        session.run(tf.global_variables_initializer())
        assert session.run(rows).tolist() == [[5, 6], [1, 2], [0, 0], [0, 0]]


# ---- Inputs ----


def test_arrays_are_fed_in_order():
    x = {"a": np.arange(5, dtype=np.float32), "b": np.arange(10).reshape(5, 2)}
    inputs = tf.estimator.inputs.numpy_input_fn(x, np.arange(5, 10), batch_size=2, shuffle=False)
    features, labels = inputs()
    assert features["a"].op.name == "fifo_queue_DequeueUpTo"
    found = []
    with tf.train.SingularMonitoredSession() as session:
        while not session.should_stop():
            found.append(session.run([features["a"], labels]))
    assert [labels.tolist() for _, labels in found] == [[5, 6], [7, 8], [9]]


def test_arrays_are_fed_shuffled_and_again_and_again():
    inputs = tf.estimator.inputs.numpy_input_fn(
        np.arange(6), batch_size=3, shuffle=True, num_epochs=2
    )
    rows = inputs()
    found = []
    with tf.train.SingularMonitoredSession() as session:
        while not session.should_stop():
            found.extend(session.run(rows).tolist())
    assert sorted(found) == sorted([*range(6)] * 2)


def test_arrays_must_fit_each_other():
    make = tf.estimator.inputs.numpy_input_fn
    with pytest.raises(ValueError, match="shuffle must be provided and explicitly set as boolean"):
        make(np.arange(3))
    with pytest.raises(TypeError, match="x must be a dict or array; got list"):
        make([1], shuffle=True)()
    with pytest.raises(ValueError, match=r"Shapes in x: \{'a': \(3,\)\}\nShapes in y: \(4,\)"):
        make({"a": np.arange(3)}, np.arange(4), shuffle=True)()
