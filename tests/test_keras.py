"""`tf.keras`: names, numbers, files, what is printed, and errors, as TensorFlow 1.15 has them."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tfsession as tf
from tests.keras_programs import PROGRAMS
from tests.programs import ROOT

keras = tf.keras
layers = tf.keras.layers
K = tf.keras.backend

GOLDEN = Path(__file__).parent / "golden"
RECORDED = json.loads((GOLDEN / "keras.json").read_text())


@pytest.fixture(autouse=True)
def new_graph():
    K.clear_session()
    yield
    K.clear_session()


def agree(ours, theirs, tolerance):
    """Whether structures of names and numbers are equal, numbers to rounding."""
    if isinstance(theirs, dict):
        assert sorted(ours) == sorted(theirs)
        for name in theirs:
            agree(ours[name], theirs[name], tolerance)
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            agree(one, other, tolerance)
    elif isinstance(theirs, float):
        assert math.isclose(ours, theirs, rel_tol=tolerance, abs_tol=tolerance), (ours, theirs)
    else:
        assert ours == theirs


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_as_on_tensorflow(name):
    # Few samples in a batch whose variance is divided by magnify rounding.
    tolerance = 1e-3 if name == "several outputs" else 2e-4
    agree(PROGRAMS[name](tf), RECORDED[name], tolerance)


# ---- Files ----


def small_model():
    return keras.Sequential([layers.Dense(3, activation="relu", input_shape=(2,)), layers.Dense(1)])


X = np.arange(8.0).reshape(4, 2) / 8
LOSSES, FOLLOWING = json.loads((GOLDEN / "keras" / "losses.json").read_text())


def test_a_model_of_tensorflow_trains_on():
    pytest.importorskip("h5py")
    model = keras.models.load_model(str(GOLDEN / "keras" / "model.h5"))
    agree([float(v) for v in model.evaluate(X, X[:, :1], verbose=0)], LOSSES, 1e-5)
    following = [float(model.train_on_batch(X, X[:, :1])[0]) for _ in range(3)]
    agree(following, FOLLOWING, 1e-5)


def test_weights_of_tensorflow_are_read():
    model = small_model()
    model.compile("adam", "mse", metrics=["mae"])
    model.load_weights(str(GOLDEN / "keras" / "weights"))
    agree([float(v) for v in model.evaluate(X, X[:, :1], verbose=0)], LOSSES, 1e-5)


@pytest.mark.parametrize("name", ["weights.h5", "weights"])
def test_weights_are_saved_and_read(name, tmp_path):
    if name.endswith("h5"):
        pytest.importorskip("h5py")
    model = small_model()
    values = model.get_weights()
    model.save_weights(str(tmp_path / name))
    model.set_weights([np.zeros_like(v) for v in values])
    model.load_weights(str(tmp_path / name))
    for ours, saved in zip(model.get_weights(), values, strict=True):
        np.testing.assert_array_equal(ours, saved)


def test_a_model_is_saved_with_its_optimizer(tmp_path):
    pytest.importorskip("h5py")
    model = small_model()
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse")
    model.train_on_batch(X, X[:, :1])
    model.save(str(tmp_path / "model.h5"))
    expected = [model.train_on_batch(X, X[:, :1]) for _ in range(3)]
    K.clear_session()
    again = keras.models.load_model(str(tmp_path / "model.h5"))
    np.testing.assert_allclose(
        [again.train_on_batch(X, X[:, :1]) for _ in range(3)], expected, rtol=1e-6
    )


def test_json_describes_a_model():
    model = small_model()
    again = keras.models.model_from_json(model.to_json())
    assert again.to_json() == model.to_json()
    clone = keras.models.clone_model(model)
    assert [w.shape.as_list() for w in clone.weights] == [w.shape.as_list() for w in model.weights]


# ---- What is printed ----


def test_progress(capsys):
    model = small_model()
    model.compile("sgd", "mse")
    model.fit(X, X[:, :1], epochs=2, verbose=2, validation_data=(X, X[:, :1]))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Train on 4 samples, validate on 4 samples"
    assert lines[1] == "Epoch 1/2"
    assert re.fullmatch(r"4/4 - \d+s - loss: \d\.\d{4} - val_loss: \d\.\d{4}", lines[2])
    model.fit(X, X[:, :1], batch_size=2)
    bar = capsys.readouterr().out.splitlines()[-1].split("\r")[-1]
    assert re.fullmatch(
        r"4/4 \[={30}\] - \d+s \d+[mu]?s/sample - loss: \d\.\d{4} *", bar.rstrip()
    ), bar


# ---- Callbacks ----


def test_callbacks(tmp_path, capsys):
    pytest.importorskip("h5py")
    seen = []
    model = small_model()
    model.compile("sgd", "mse")
    path = str(tmp_path / "model-{epoch}.h5")
    model.fit(
        X,
        X[:, :1],
        epochs=4,
        verbose=0,
        callbacks=[
            keras.callbacks.ModelCheckpoint(path, monitor="loss", save_weights_only=True),
            keras.callbacks.EarlyStopping("loss", min_delta=10.0, patience=2, verbose=1),
            keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1)),
            keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs)),
            keras.callbacks.CSVLogger(str(tmp_path / "log.csv")),
            keras.callbacks.TensorBoard(str(tmp_path / "events")),
        ],
    )
    assert [round(float(logs["lr"]), 4) for logs in seen] == [0.1, 0.05, 0.0333]
    assert sorted(p.name for p in tmp_path.glob("model-*")) == [f"model-{i}.h5" for i in (1, 2, 3)]
    assert capsys.readouterr().out == "Epoch 00003: early stopping\n"
    assert (tmp_path / "log.csv").read_text().splitlines()[0] == "epoch,loss,lr"
    (events,) = (tmp_path / "events").iterdir()
    tags = {v.tag for e in tf.train.summary_iterator(str(events)) for v in e.summary.value}
    assert tags == {"epoch_loss", "epoch_lr"}


# ---- Sources of batches ----


class Batches(keras.utils.Sequence):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return X[2 * index : 2 * index + 2], X[2 * index : 2 * index + 2, :1]


def test_batches_of_every_kind_train_alike():
    dataset = tf.data.Dataset.from_tensor_slices((X.astype("f"), X[:, :1].astype("f"))).batch(2)
    sources = [
        ((X, X[:, :1]), {"batch_size": 2, "shuffle": False}),
        ((Batches(),), {"shuffle": False}),
        ((((b, b[:, :1]) for _ in range(2) for b in (X[:2], X[2:])),), {"steps_per_epoch": 2}),
        ((dataset,), {}),
    ]
    model = small_model()
    start = model.get_weights()
    results = []
    for given, options in sources:
        model.compile("sgd", "mse")
        model.set_weights(start)
        model.fit(*given, epochs=2, verbose=0, **options)
        results.append(model.predict(X))
    for result in results[1:]:
        np.testing.assert_allclose(result, results[0], rtol=1e-6)


# ---- In sessions ----


def test_layers_in_a_plain_session():
    x = tf.placeholder(tf.float32, [None, 3])
    with tf.variable_scope("scope"):
        y = layers.Dense(2)(layers.Dropout(0.5)(layers.BatchNormalization()(x)))
    assert [v.name for v in tf.trainable_variables()] == [
        "scope/batch_normalization/gamma:0",
        "scope/batch_normalization/beta:0",
        "scope/dense/kernel:0",
        "scope/dense/bias:0",
    ]
    assert len(tf.global_variables()) == 6
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values = np.ones((2, 3))
        phase = K.learning_phase()
        first = session.run(y, {x: values, phase: False})
        np.testing.assert_array_equal(first, session.run(y, {x: values}))
        assert session.run(y, {x: values, phase: True}).shape == (2, 2)
        K.set_session(session)
        assert K.get_session() is session


def test_operations_between_layers():
    a = keras.Input((4,))
    model = keras.Model(a, layers.Dense(2)(layers.Dense(3)(a) * 2.0 + tf.reduce_sum(a)))
    names = [layer.name for layer in model.layers]
    assert [n for n in names if n.startswith("tf_op")] == [
        "tf_op_layer_mul",
        "tf_op_layer_Sum",
        "tf_op_layer_add",
    ]
    again = keras.Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    x = np.ones((2, 4))
    np.testing.assert_allclose(model.predict(x), again.predict(x), rtol=1e-6)


def test_a_subclass_and_layers_of_a_program():
    class Scaled(layers.Layer):
        def build(self, input_shape):
            self.scale = self.add_weight("scale", (), initializer="ones")

        def call(self, inputs):
            return inputs * self.scale

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.parts = [layers.Dense(3), Scaled()]

        def call(self, inputs):
            for part in self.parts:
                inputs = part(inputs)
            return inputs

    model = Net()
    model.compile("sgd", "mse")
    before = model.train_on_batch(X, X[:, [0, 0, 0]])
    for _ in range(20):
        after = model.train_on_batch(X, X[:, [0, 0, 0]])
    assert after < before
    assert [w.name for w in model.weights] == [
        "net/dense/kernel:0",
        "net/dense/bias:0",
        "net/scaled/scale:0",
    ]


def test_stateful_recurrence():
    model = keras.Sequential([layers.LSTM(2, stateful=True, batch_input_shape=(2, 3, 1))])
    x = np.ones((2, 3, 1))
    first, second = model.predict(x), model.predict(x)
    assert not np.allclose(first, second)
    model.reset_states()
    np.testing.assert_allclose(model.predict(x), first, rtol=1e-6)


def test_functions_of_the_backend():
    x = K.placeholder((None, 3))
    function = K.function([x], [K.sum(x, axis=-1), K.softmax(x)])
    total, shares = function([np.ones((2, 3))])
    assert total.tolist() == [3.0, 3.0]
    np.testing.assert_allclose(shares, 1 / 3, rtol=1e-6)
    v = K.variable([1.0, 2.0])
    K.set_value(v, [3.0, 4.0])
    assert K.get_value(v).tolist() == [3.0, 4.0]
    assert K.int_shape(K.dot(K.placeholder((None, 3, 4)), K.ones((4, 5)))) == (None, 3, 5)


# ---- Metrics ----


def test_metrics_of_yes_and_no():
    truth, predicted = tf.constant([0, 1, 1, 0]), tf.constant([0.1, 0.4, 0.9, 0.6])
    found = [keras.metrics.AUC()(truth, predicted), keras.metrics.Precision()(truth, predicted)]
    found.append(keras.metrics.Recall(thresholds=[0.2, 0.5])(truth, predicted))
    auc, precision, recall = K.get_session().run(found)
    assert (auc, precision, recall.tolist()) == (0.75, 0.5, [1.0, 0.5])


# ---- Texts and data sets ----


def test_texts_and_sequences():
    text = keras.preprocessing.text
    tokenizer = text.Tokenizer(num_words=4, oov_token="?")
    tokenizer.fit_on_texts(["the cat, the dog", "the end"])
    assert tokenizer.texts_to_sequences(["the cat and the dog"]) == [[2, 3, 1, 2, 1]]
    padded = keras.preprocessing.sequence.pad_sequences([[1], [1, 2, 3]], maxlen=2)
    assert padded.tolist() == [[0, 1], [2, 3]]
    assert keras.utils.to_categorical([0, 2]).tolist() == [[1, 0, 0], [0, 0, 1]]


def test_a_data_set_is_read_from_its_file(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"mnist.npz' is not there, and nothing is fetched"):
        keras.datasets.mnist.load_data()
    (tmp_path / "datasets").mkdir()
    arrays = {"x_train": X, "y_train": X, "x_test": X, "y_test": X}
    np.savez(tmp_path / "datasets" / "mnist.npz", **arrays)
    (x, _), _ = keras.datasets.mnist.load_data()
    assert x.shape == (4, 2)


# ---- Errors ----


def fit(x, y, **options):
    model = small_model()
    model.compile("sgd", "mse")
    model.fit(x, y, verbose=0, **options)


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (
            lambda: fit(X[:, :1], X[:, :1]),
            ValueError,
            "Error when checking input: expected dense_input to have shape (2,) but got array with "
            "shape (1,)",
        ),
        (
            lambda: fit(X, X[:2, :1]),
            ValueError,
            "Input arrays should have the same number of samples as target arrays. Found 4 input "
            "samples and 2 target samples.",
        ),
        (
            lambda: small_model().fit(X, X),
            RuntimeError,
            "You must compile your model before training/testing. Use `model.compile(optimizer, "
            "loss)`.",
        ),
        (lambda: small_model().compile("sgd", "foo"), ValueError, "Unknown loss function:foo"),
        (lambda: small_model().compile("foo", "mse"), ValueError, "Unknown optimizer: foo"),
        (lambda: small_model().get_layer("foo"), ValueError, "No such layer: foo"),
        (lambda: layers.Dense(2, activation="foo"), ValueError, "Unknown activation function:foo"),
        (
            lambda: layers.Add()([keras.Input((3,)), keras.Input((4,))]),
            ValueError,
            "Operands could not be broadcast together with shapes (3,) (4,)",
        ),
        (
            lambda: keras.Sequential([3]),
            TypeError,
            "The added layer must be an instance of class Layer. Found: 3",
        ),
    ],
)
def test_errors(wrong, error, text):
    with pytest.raises(error) as caught:
        wrong()
    assert str(caught.value) == text


def test_what_fails_to_compile_leaves_the_model_as_it_was():
    model = small_model()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="Unknown loss"):
        model.compile("sgd", "foo")
    assert model.train_on_batch(X, X[:, :1]) > 0


def test_keras_is_loaded_late():
    program = "import sys, tfsession; print([m for m in sys.modules if 'keras' in m])"
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout == "[]\n"
