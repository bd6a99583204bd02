"""Programs of Keras that run on TensorFlow 1.15 and here, and what they come to.

Each is seeded, and returns names, numbers and lists of these. Numbers agree to rounding.
`tests/golden/record_keras.py` stores what TensorFlow returns. They also run under Python 3.7.
"""

import numpy as np


def _series():
    x = np.random.RandomState(0).randn(4, 5, 3).astype("f")
    x[:, 3:] = 0
    return x


def _trained(tf, layers, optimizer="adam", loss="categorical_crossentropy", epochs=25):
    """Names, losses of 100 steps, and predictions of a Sequential."""
    tf.set_random_seed(1)
    np.random.seed(0)
    model = tf.keras.Sequential(layers)
    model.compile(optimizer, loss, metrics=["accuracy"])
    x, y = np.random.randn(16, 3), np.eye(2)[np.random.randint(0, 2, 16)]
    history = model.fit(x, y, epochs=epochs, batch_size=4, verbose=0).history
    return [
        [w.name for w in model.weights],
        [w.name for w in model.optimizer.weights] if hasattr(model.optimizer, "_hyper") else [],
        [float(v) for v in history["loss"]],
        sorted(history),
        model.predict(x).tolist(),
        [float(v) for v in model.evaluate(x, y, verbose=0)],
    ]


def _dense(tf):
    layers = tf.keras.layers
    return [
        layers.Dense(4, activation="relu", input_shape=(3,)),
        layers.Dense(2, activation="softmax"),
    ]


def _regularized(tf):
    layers, keras = tf.keras.layers, tf.keras
    return [
        layers.Dense(
            4,
            activation="relu",
            input_dim=3,
            kernel_regularizer=keras.regularizers.l2(0.1),
            bias_constraint="non_neg",
            kernel_initializer="he_normal",
        ),
        layers.Dropout(0.5),
        layers.BatchNormalization(),
        layers.Dense(2, activation="softmax", activity_regularizer="l1"),
    ]


def _on_series(tf, make):
    """Names, shapes, outputs and losses of a layer on sequences."""
    tf.set_random_seed(1)
    np.random.seed(0)
    x = tf.keras.Input((5, 3))
    model = tf.keras.Model(x, make(x))
    data = _series()
    outputs = model.predict(data)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    model.compile("adam", "mse")
    targets = [np.ones(output.shape) for output in outputs]
    losses = model.fit(data, targets, epochs=3, verbose=0).history["loss"]
    return [
        [w.name for w in model.weights],
        [tensor.name for tensor in model.outputs],
        [tensor.shape.as_list() for tensor in model.outputs],
        [float(output.sum()) for output in outputs],
        [float(loss) for loss in losses],
    ]


def _several_outputs(tf):
    """A network of two inputs, a shared layer, a network inside, and two outputs."""
    layers = tf.keras.layers
    tf.set_random_seed(3)
    np.random.seed(1)
    a, b = tf.keras.Input((4,), name="a"), tf.keras.Input((4,), name="b")
    shared = layers.Dense(3, name="d", kernel_regularizer=tf.keras.regularizers.l2(0.1))
    x = layers.concatenate([shared(a), shared(b)])
    inner = tf.keras.Sequential(
        [layers.Dense(5, activation="relu", input_shape=(6,)), layers.BatchNormalization()],
        name="inner",
    )
    x = inner(x) * 2.0
    outputs = [layers.Dense(2, activation="softmax", name="o1")(x), layers.Dense(1, name="o2")(x)]
    model = tf.keras.Model([a, b], outputs)
    model.compile(
        tf.keras.optimizers.Adam(),
        {"o1": "sparse_categorical_crossentropy", "o2": "mse"},
        loss_weights={"o1": 0.5, "o2": 2.0},
        metrics={"o1": "accuracy", "o2": ["mae", tf.keras.metrics.RootMeanSquaredError()]},
        weighted_metrics={"o1": ["acc"], "o2": []},
    )
    x = [np.random.randn(12, 4), np.random.randn(12, 4)]
    y = [np.random.randint(0, 2, (12, 1)), np.random.randn(12, 1)]
    history = model.fit(
        x,
        y,
        epochs=3,
        batch_size=3,
        validation_split=0.25,
        verbose=0,
        class_weight={"o1": {0: 1.0, 1: 2.0}},
        callbacks=[tf.keras.callbacks.ReduceLROnPlateau(patience=0, monitor="loss")],
    ).history
    lines = []
    model.summary(print_fn=lines.append)
    weighted = model.evaluate(x, y, verbose=0, sample_weight={"o1": np.arange(12.0)})
    return [
        lines,
        model.metrics_names,
        {name: [float(v) for v in values] for name, values in history.items()},
        [float(v) for v in weighted],
        [tensor.name for tensor in model.outputs],
        model.total_loss.name,
    ]


def _lstm(tf, x, **kwargs):
    return tf.keras.layers.LSTM(4, **kwargs)(x)


PROGRAMS = {
    "adam": lambda tf: _trained(tf, _dense(tf)),
    "sgd": lambda tf: _trained(tf, _dense(tf), tf.keras.optimizers.SGD(0.1, 0.9, True)),
    "rmsprop": lambda tf: _trained(tf, _dense(tf), "rmsprop"),
    "centered": lambda tf: _trained(
        tf, _dense(tf), tf.keras.optimizers.RMSprop(momentum=0.5, centered=True)
    ),
    "adagrad": lambda tf: _trained(tf, _dense(tf), "adagrad"),
    "adadelta": lambda tf: _trained(tf, _dense(tf), "adadelta"),
    "adamax": lambda tf: _trained(tf, _dense(tf), "adamax"),
    "nadam": lambda tf: _trained(tf, _dense(tf), "nadam"),
    "ftrl": lambda tf: _trained(tf, _dense(tf), "ftrl"),
    "amsgrad": lambda tf: _trained(
        tf, _dense(tf), tf.keras.optimizers.Adam(amsgrad=True, decay=0.1, clipnorm=0.5)
    ),
    "tf.train": lambda tf: _trained(tf, _dense(tf), tf.train.AdamOptimizer(0.01)),
    "regularized": lambda tf: _trained(tf, _regularized(tf)),
    "binary": lambda tf: _trained(tf, _dense(tf), loss="binary_crossentropy"),
    "kld": lambda tf: _trained(tf, _dense(tf), loss="kld"),
    "several outputs": _several_outputs,
    "lstm": lambda tf: _on_series(tf, lambda x: _lstm(tf, x)),
    "lstm states": lambda tf: _on_series(
        tf, lambda x: _lstm(tf, x, return_sequences=True, return_state=True)
    ),
    "lstm unrolled": lambda tf: _on_series(tf, lambda x: _lstm(tf, x, unroll=True)),
    "lstm dropout": lambda tf: _on_series(
        tf, lambda x: _lstm(tf, x, dropout=0.3, recurrent_dropout=0.2)
    ),
    "lstm masked": lambda tf: _on_series(
        tf, lambda x: _lstm(tf, tf.keras.layers.Masking()(x), return_sequences=True)
    ),
    "gru": lambda tf: _on_series(tf, lambda x: tf.keras.layers.GRU(4)(x)),
    "gru reset after": lambda tf: _on_series(
        tf,
        lambda x: tf.keras.layers.GRU(4, reset_after=True, implementation=2, go_backwards=True)(x),
    ),
    "simple rnn": lambda tf: _on_series(tf, lambda x: tf.keras.layers.SimpleRNN(4)(x)),
    "bidirectional": lambda tf: _on_series(
        tf, lambda x: tf.keras.layers.Bidirectional(tf.keras.layers.LSTM(4))(x)
    ),
    "time distributed": lambda tf: _on_series(
        tf, lambda x: tf.keras.layers.TimeDistributed(tf.keras.layers.Dense(4))(x)
    ),
    "stacked": lambda tf: _on_series(
        tf,
        lambda x: tf.keras.layers.RNN([tf.keras.layers.LSTMCell(4), tf.keras.layers.GRUCell(3)])(x),
    ),
    "attention": lambda tf: _on_series(tf, lambda x: tf.keras.layers.AdditiveAttention()([x, x])),
    "layer normalization": lambda tf: _on_series(
        tf, lambda x: tf.keras.layers.LayerNormalization()(x)
    ),
    "separable": lambda tf: _on_series(tf, lambda x: tf.keras.layers.SeparableConv1D(2, 2)(x)),
    "transposed": lambda tf: _on_series(
        tf,
        lambda x: tf.keras.layers.Conv2DTranspose(2, 2, strides=2)(
            tf.keras.layers.Reshape((5, 3, 1))(x)
        ),
    ),
    "pooled": lambda tf: _on_series(
        tf,
        lambda x: tf.keras.layers.GlobalMaxPooling1D()(
            tf.keras.layers.AveragePooling1D()(
                tf.keras.layers.Conv1D(3, 2, padding="causal", activation="relu")(x)
            )
        ),
    ),
    "prelu": lambda tf: _on_series(tf, lambda x: tf.keras.layers.PReLU()(x)),
    "spatial dropout": lambda tf: _on_series(
        tf, lambda x: tf.keras.layers.Dense(2)(tf.keras.layers.SpatialDropout1D(0.5)(x))
    ),
}
