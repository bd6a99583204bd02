"""Programs with layers, which run on tfsession and, to record golden numbers, on TensorFlow 1.15.

Each takes the module `tf` and returns the outputs. This file runs under Python 3.7, too.
"""

import numpy as np


def numbers(shape, phase=0.0):
    """[shape] float32, between -1 and 1, all different."""
    size = int(np.prod(shape))
    return np.sin(0.7 * np.arange(size) + phase).reshape(shape).astype(np.float32)


def placeholder(tf, shape):
    """A placeholder of unknown batch size, whose default is `numbers`."""
    return tf.placeholder_with_default(numbers(shape), [None, *shape[1:]])


IMAGE = (2, 6, 5, 3)

PROGRAMS = {}


def program(build):
    """Adds a program to the table under its function's name."""
    PROGRAMS[build.__name__] = build
    return build


ONE_LINERS = {
    # ---- core ----
    "dense": (lambda tf, x: tf.layers.dense(x, 3), (4, 5)),
    "dense_relu": (lambda tf, x: tf.layers.dense(x, 3, tf.nn.relu, name="fc"), (4, 5)),
    "dense_rank_3": (lambda tf, x: tf.layers.dense(x, 3, activation=tf.nn.tanh), (4, 2, 5)),
    "dense_without_bias": (lambda tf, x: tf.layers.dense(x, 3, use_bias=False), (4, 5)),
    "flatten": (lambda tf, x: tf.layers.flatten(x), IMAGE),
    "flatten_rank_1": (lambda tf, x: tf.layers.flatten(x), (4,)),
    "flatten_channels_first": (
        lambda tf, x: tf.layers.flatten(x, data_format="channels_first"),
        IMAGE,
    ),
    "dropout_off": (lambda tf, x: tf.layers.dropout(x, 0.4), (4, 5)),
    "dropout": (lambda tf, x: tf.layers.dropout(x, 0.4, training=True, seed=7), (4, 5)),
    "dropout_noise_shape": (
        lambda tf, x: tf.layers.dropout(x, noise_shape=[None, 1], training=True, seed=7),
        (4, 5),
    ),
    "dropout_placeholder": (
        lambda tf, x: tf.layers.dropout(
            x, 0.25, training=tf.placeholder_with_default(True, []), seed=3
        ),
        (4, 5),
    ),
    # ---- convolutional ----
    "conv1d": (lambda tf, x: tf.layers.conv1d(x, 4, 3), (2, 7, 3)),
    "conv1d_same_strided": (
        lambda tf, x: tf.layers.conv1d(x, 4, 3, 2, "same", activation=tf.nn.relu),
        (2, 7, 3),
    ),
    "conv1d_causal": (lambda tf, x: tf.layers.Conv1D(4, 3, padding="causal")(x), (2, 7, 3)),
    "conv2d": (lambda tf, x: tf.layers.conv2d(x, 4, 3), IMAGE),
    "conv2d_same_strided": (
        lambda tf, x: tf.layers.conv2d(x, 4, [3, 2], (2, 1), "same", activation=tf.nn.relu),
        IMAGE,
    ),
    "conv2d_without_bias": (lambda tf, x: tf.layers.conv2d(x, 4, 1, use_bias=False), IMAGE),
    "conv3d": (lambda tf, x: tf.layers.conv3d(x, 4, 2), (2, 4, 5, 3, 2)),
    "conv3d_same_strided": (
        lambda tf, x: tf.layers.conv3d(x, 4, 3, 2, "same"),
        (2, 4, 5, 3, 2),
    ),
    "conv2d_transpose": (lambda tf, x: tf.layers.conv2d_transpose(x, 4, 3, 2), IMAGE),
    "conv2d_transpose_same": (
        lambda tf, x: tf.layers.conv2d_transpose(x, 4, (3, 2), 2, "same", activation=tf.nn.relu),
        IMAGE,
    ),
    "conv3d_transpose": (
        lambda tf, x: tf.layers.conv3d_transpose(x, 4, 3, 2),
        (2, 3, 4, 3, 2),
    ),
    "conv3d_transpose_same": (
        lambda tf, x: tf.layers.conv3d_transpose(x, 4, 3, 2, "same", activation=tf.nn.relu),
        (2, 3, 4, 3, 2),
    ),
    "separable_conv1d": (
        lambda tf, x: tf.layers.separable_conv1d(x, 6, 3, depth_multiplier=2),
        (2, 7, 3),
    ),
    "separable_conv1d_strided": (
        lambda tf, x: tf.layers.separable_conv1d(x, 6, 3, 2, "same", activation=tf.nn.relu),
        (2, 7, 3),
    ),
    "separable_conv2d": (
        lambda tf, x: tf.layers.separable_conv2d(x, 6, 3, depth_multiplier=2),
        IMAGE,
    ),
    "separable_conv2d_strided": (
        lambda tf, x: tf.layers.separable_conv2d(x, 6, 3, 2, "same", use_bias=False),
        IMAGE,
    ),
    # ---- pooling ----
    "average_pooling1d": (lambda tf, x: tf.layers.average_pooling1d(x, 3, 2), (2, 7, 3)),
    "average_pooling2d": (lambda tf, x: tf.layers.average_pooling2d(x, 2, 2), IMAGE),
    "average_pooling3d": (
        lambda tf, x: tf.layers.average_pooling3d(x, 2, 1, "same"),
        (2, 4, 5, 3, 2),
    ),
    "max_pooling1d": (lambda tf, x: tf.layers.max_pooling1d(x, 3, 2, "same"), (2, 7, 3)),
    "max_pooling2d": (lambda tf, x: tf.layers.max_pooling2d(x, (3, 2), 2, "same"), IMAGE),
    "max_pooling3d": (lambda tf, x: tf.layers.max_pooling3d(x, 2, 2), (2, 4, 5, 3, 2)),
    # ---- normalization ----
    "batch_normalization_off": (lambda tf, x: tf.layers.batch_normalization(x), IMAGE),
    "batch_normalization": (
        lambda tf, x: tf.layers.batch_normalization(x, training=True),
        IMAGE,
    ),
    "batch_normalization_unfused": (
        lambda tf, x: tf.layers.batch_normalization(x, training=True, fused=False),
        IMAGE,
    ),
    "batch_normalization_rank_2": (
        lambda tf, x: tf.layers.batch_normalization(x, training=True, momentum=0.9, epsilon=1e-2),
        (6, 3),
    ),
    "batch_normalization_rank_2_off": (
        lambda tf, x: tf.layers.batch_normalization(x),
        (6, 3),
    ),
    "batch_normalization_rank_3": (
        lambda tf, x: tf.layers.batch_normalization(x, training=True),
        (3, 4, 3),
    ),
    "batch_normalization_axis_1": (
        lambda tf, x: tf.layers.batch_normalization(x, axis=1, training=True, fused=False),
        IMAGE,
    ),
    "batch_normalization_axes": (
        lambda tf, x: tf.layers.batch_normalization(x, axis=[1, 3], training=True),
        IMAGE,
    ),
    "batch_normalization_without_scale": (
        lambda tf, x: tf.layers.batch_normalization(x, center=False, scale=False, training=True),
        IMAGE,
    ),
    "batch_normalization_without_offset_rank_2": (
        lambda tf, x: tf.layers.batch_normalization(x, center=False, training=True),
        (6, 3),
    ),
    "batch_normalization_placeholder": (
        lambda tf, x: tf.layers.batch_normalization(
            x, training=tf.placeholder_with_default(True, [])
        ),
        IMAGE,
    ),
    "batch_normalization_placeholder_off": (
        lambda tf, x: tf.layers.batch_normalization(
            x, training=tf.placeholder_with_default(False, [])
        ),
        IMAGE,
    ),
    "batch_normalization_placeholder_rank_2": (
        lambda tf, x: tf.layers.batch_normalization(
            x, training=tf.placeholder_with_default(True, [])
        ),
        (6, 3),
    ),
    "batch_normalization_renorm": (
        lambda tf, x: tf.layers.batch_normalization(x, training=True, renorm=True),
        IMAGE,
    ),
    "batch_normalization_renorm_clipped": (
        lambda tf, x: tf.layers.batch_normalization(
            x,
            training=True,
            renorm=True,
            renorm_clipping={"rmax": 1.1, "rmin": 0.9, "dmax": 0.1},
            renorm_momentum=0.5,
        ),
        (6, 3),
    ),
    "batch_normalization_renorm_placeholder": (
        lambda tf, x: tf.layers.batch_normalization(
            x, training=tf.placeholder_with_default(True, []), renorm=True
        ),
        (6, 3),
    ),
    "batch_normalization_virtual": (
        lambda tf, x: tf.layers.batch_normalization(x, training=True, virtual_batch_size=3),
        (6, 3),
    ),
    "batch_normalization_virtual_image": (
        lambda tf, x: tf.layers.batch_normalization(x, training=True, virtual_batch_size=2),
        (4, 2, 3, 2),
    ),
    "batch_normalization_adjusted": (
        lambda tf, x: tf.layers.batch_normalization(
            x,
            training=True,
            adjustment=lambda shape: (
                tf.fill([1, shape[-1]], 1.5),
                tf.fill([1, shape[-1]], 0.25),
            ),
        ),
        (6, 3),
    ),
    "batch_normalization_frozen": (
        lambda tf, x: tf.layers.batch_normalization(x, training=True, trainable=False),
        IMAGE,
    ),
}


def _one_liner(call, shape):
    return lambda tf: [call(tf, placeholder(tf, shape))]


PROGRAMS.update((name, _one_liner(*line)) for name, line in ONE_LINERS.items())


# ---- Scopes, sharing, regularization ----


@program
def scopes(tf):
    x = placeholder(tf, (4, 5))
    first = tf.layers.dense(x, 5)
    with tf.variable_scope("net"):
        a = tf.layers.dense(first, 5)
        b = tf.layers.dense(a, 5, name="named")
    with tf.variable_scope("net", reuse=True):
        c = tf.layers.dense(b, 5)
        d = tf.layers.dense(c, 5, name="named")
    with tf.name_scope("names"):
        e = tf.layers.dense(d, 5)
    with tf.variable_scope("auto", reuse=tf.AUTO_REUSE):
        f = tf.layers.dense(e, 5, name="k")
        g = tf.layers.dense(f, 5, name="k")
    return [first, a, b, c, d, e, f, g, tf.layers.dense(g, 5)]


@program
def shared_layer(tf):
    x = placeholder(tf, (4, 5))
    layer = tf.layers.Dense(5, name="shared")
    with tf.variable_scope("one"):
        y = layer(x)
    with tf.variable_scope("two"):
        z = layer(y)
    return [y, z, layer.apply(z), layer.kernel + 0.0]


@program
def regularized(tf):
    x = placeholder(tf, (4, 5))
    l2 = lambda w: tf.multiply(0.1, tf.nn.l2_loss(w), name="l2")  # noqa: E731
    y = tf.layers.dense(x, 3, kernel_regularizer=l2, bias_regularizer=l2, activity_regularizer=l2)
    with tf.variable_scope("scope", regularizer=l2, initializer=tf.ones_initializer()):
        z = tf.layers.dense(y, 3, name="fc")
    with tf.variable_scope("scope", reuse=True):
        z = tf.layers.dense(z, 3, name="fc", kernel_regularizer=l2)
    losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    return [z, tf.add_n(losses)]


@program
def convolutional_network(tf):
    x = placeholder(tf, (2, 8, 8, 1))
    with tf.variable_scope("net"):
        y = tf.layers.conv2d(x, 4, 3, padding="same", use_bias=False)
        y = tf.nn.relu(tf.layers.batch_normalization(y, training=True))
        y = tf.layers.max_pooling2d(y, 2, 2)
        y = tf.layers.conv2d(y, 4, 3, activation=tf.nn.relu)
        y = tf.layers.flatten(y)
        return [tf.layers.dense(y, 3, name="logits")]


# ---- Training ----

TRAININGS = {}


def training(build):
    """Adds a function that returns a loss and a training step to the table."""
    TRAININGS[build.__name__] = build
    return build


LABELS = np.arange(16) % 3


def _loss(tf, logits):
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=LABELS, logits=logits)
    )


@training
def perceptron(tf):
    """Two hidden layers, with dropout and a regularizer."""
    x = tf.constant(numbers((16, 6)))
    x = tf.layers.dense(x, 12, tf.nn.relu, kernel_regularizer=lambda w: 0.001 * tf.nn.l2_loss(w))
    x = tf.layers.dropout(x, 0.2, training=True)
    x = tf.layers.dense(x, 8, tf.nn.tanh)
    loss = _loss(tf, tf.layers.dense(x, 3)) + tf.losses.get_regularization_loss()
    return loss, tf.train.GradientDescentOptimizer(0.1).minimize(loss)


@training
def convolutions(tf):
    """Convolutions with batch normalization and pooling."""
    x = tf.constant(numbers((16, 8, 8, 2)))
    x = tf.layers.conv2d(x, 6, 3, padding="same", use_bias=False)
    x = tf.nn.relu(tf.layers.batch_normalization(x, training=True))
    x = tf.layers.max_pooling2d(x, 2, 2)
    x = tf.layers.separable_conv2d(x, 8, 3, activation=tf.nn.elu)
    x = tf.layers.batch_normalization(tf.layers.flatten(x), training=True)
    loss = _loss(tf, tf.layers.dense(x, 3))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        return loss, tf.train.AdamOptimizer(0.01).minimize(loss)
