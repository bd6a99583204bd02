"""Programs with `tf.contrib.layers` and `tf.contrib.slim`, as in layer_programs.py."""

import numpy as np

from tests.layer_programs import IMAGE, numbers, placeholder

PROGRAMS = {}

L2 = 0.01
IDS = np.array([[1, 3, 1, 0], [2, 2, 5, 1]], np.int32)


def program(build):
    """Adds a program to the table under its function's name."""
    PROGRAMS[build.__name__] = build
    return build


ONE_LINERS = {
    # ---- dense ----
    "fully_connected": (lambda tf, x: tf.contrib.layers.fully_connected(x, 3), (4, 5)),
    "fully_connected_scope": (
        lambda tf, x: tf.contrib.layers.fully_connected(
            x,
            3,
            activation_fn=None,
            weights_initializer=tf.truncated_normal_initializer(stddev=0.1),
            weights_regularizer=tf.contrib.layers.l2_regularizer(L2),
            biases_initializer=None,
            scope="fc",
        ),
        (4, 5),
    ),
    "fully_connected_rank_3": (
        lambda tf, x: tf.contrib.layers.fully_connected(x, 3),
        (4, 2, 5),
    ),
    "fully_connected_normalized": (
        lambda tf, x: tf.contrib.layers.fully_connected(
            x, 3, normalizer_fn=tf.contrib.layers.batch_norm, normalizer_params={"decay": 0.9}
        ),
        (4, 5),
    ),
    "fully_connected_collections": (
        lambda tf, x: tf.contrib.layers.fully_connected(
            x,
            3,
            variables_collections={"weights": ["w"], "biases": ["b"]},
            outputs_collections="outs",
            biases_regularizer=tf.contrib.layers.l1_regularizer(L2),
        ),
        (4, 5),
    ),
    "linear": (lambda tf, x: tf.contrib.layers.linear(x, 3), (4, 5)),
    "relu": (lambda tf, x: tf.contrib.layers.relu(x, 3), (4, 5)),
    "relu6": (lambda tf, x: tf.contrib.layers.relu6(x, 3, scope="r"), (4, 5)),
    "elu": (lambda tf, x: tf.contrib.layers.elu(x, 3), (4, 5)),
    "legacy_fully_connected": (
        lambda tf, x: tf.contrib.layers.legacy_fully_connected(x, 3, activation_fn=tf.nn.relu),
        (4, 5),
    ),
    "legacy_fully_connected_rank_3": (
        lambda tf, x: tf.contrib.layers.legacy_linear(
            x, 3, weight_regularizer=tf.contrib.layers.l2_regularizer(L2)
        ),
        (4, 2, 5),
    ),
    "bias_add": (lambda tf, x: tf.contrib.layers.bias_add(x, tf.nn.relu), IMAGE),
    "unit_norm": (lambda tf, x: tf.contrib.layers.unit_norm(x, 1), (4, 5)),
    "unit_norm_image": (lambda tf, x: tf.contrib.layers.unit_norm(x, 2, 1e-6, "un"), IMAGE),
    "maxout": (lambda tf, x: tf.contrib.layers.maxout(x, 2), (4, 6)),
    "maxout_axis": (lambda tf, x: tf.contrib.layers.maxout(x, 3, axis=1, scope="m"), IMAGE),
    "softmax": (lambda tf, x: tf.contrib.layers.softmax(x), (4, 5)),
    "softmax_rank_3": (lambda tf, x: tf.contrib.layers.softmax(x), (4, 2, 5)),
    "spatial_softmax": (lambda tf, x: tf.contrib.layers.spatial_softmax(x), IMAGE),
    "spatial_softmax_fixed": (
        lambda tf, x: tf.contrib.layers.spatial_softmax(x, temperature=0.5, name="ss"),
        IMAGE,
    ),
    "flatten": (lambda tf, x: tf.contrib.layers.flatten(x), IMAGE),
    "flatten_collections": (
        lambda tf, x: tf.contrib.layers.flatten(x, outputs_collections="outs", scope="f"),
        IMAGE,
    ),
    "dropout": (lambda tf, x: tf.contrib.layers.dropout(x, 0.6, seed=3), (4, 5)),
    "dropout_off": (lambda tf, x: tf.contrib.layers.dropout(x, is_training=False), (4, 5)),
    "dropout_placeholder": (
        lambda tf, x: tf.contrib.layers.dropout(
            x, is_training=tf.placeholder_with_default(True, []), seed=3
        ),
        (4, 5),
    ),
    "repeat": (
        lambda tf, x: tf.contrib.layers.repeat(x, 2, tf.contrib.layers.conv2d, 4, 3),
        IMAGE,
    ),
    "repeat_scope": (
        lambda tf, x: tf.contrib.layers.repeat(
            x, 3, tf.contrib.layers.fully_connected, 4, scope="fc"
        ),
        (4, 5),
    ),
    "stack": (
        lambda tf, x: tf.contrib.layers.stack(x, tf.contrib.layers.fully_connected, [5, 6]),
        (4, 5),
    ),
    "stack_arguments": (
        lambda tf, x: tf.contrib.layers.stack(
            x, tf.contrib.layers.conv2d, [(4, [3, 3]), (5, [1, 1])], scope="conv"
        ),
        IMAGE,
    ),
    # ---- convolutions ----
    "conv1d": (lambda tf, x: tf.contrib.layers.conv1d(x, 4, 3), (2, 7, 3)),
    "conv2d": (lambda tf, x: tf.contrib.layers.conv2d(x, 4, 3), IMAGE),
    "conv2d_strided": (
        lambda tf, x: tf.contrib.layers.convolution2d(
            x,
            4,
            [3, 2],
            stride=2,
            padding="VALID",
            activation_fn=None,
            weights_regularizer=tf.contrib.layers.l2_regularizer(L2),
            scope="c",
        ),
        IMAGE,
    ),
    "conv2d_normalized": (
        lambda tf, x: tf.contrib.layers.conv2d(
            x, 4, 3, normalizer_fn=tf.contrib.layers.batch_norm, scope="cv"
        ),
        IMAGE,
    ),
    "conv3d": (lambda tf, x: tf.contrib.layers.conv3d(x, 4, 2), (2, 4, 5, 3, 2)),
    "convolution": (lambda tf, x: tf.contrib.layers.convolution(x, 4, 3), IMAGE),
    "conv2d_transpose": (lambda tf, x: tf.contrib.layers.conv2d_transpose(x, 4, 3, 2), IMAGE),
    "conv3d_transpose": (
        lambda tf, x: tf.contrib.layers.conv3d_transpose(x, 4, 3, 2, "VALID"),
        (2, 3, 4, 3, 2),
    ),
    "separable_conv2d": (lambda tf, x: tf.contrib.layers.separable_conv2d(x, 6, 3, 2), IMAGE),
    "separable_conv2d_depthwise": (
        lambda tf, x: tf.contrib.layers.separable_conv2d(
            x, None, [3, 3], 2, stride=2, weights_regularizer=tf.contrib.layers.l2_regularizer(L2)
        ),
        IMAGE,
    ),
    "separable_conv2d_normalized": (
        lambda tf, x: tf.contrib.layers.separable_conv2d(
            x, None, 3, normalizer_fn=tf.contrib.layers.batch_norm, scope="dw"
        ),
        IMAGE,
    ),
    "conv2d_in_plane": (lambda tf, x: tf.contrib.layers.conv2d_in_plane(x, [3, 2]), IMAGE),
    "conv2d_in_plane_strided": (
        lambda tf, x: tf.contrib.layers.conv2d_in_plane(
            x, 3, 2, "VALID", normalizer_fn=tf.contrib.layers.batch_norm
        ),
        IMAGE,
    ),
    # ---- pooling ----
    "max_pool2d": (lambda tf, x: tf.contrib.layers.max_pool2d(x, 2), IMAGE),
    "max_pool2d_same": (
        lambda tf, x: tf.contrib.layers.max_pool2d(
            x, [3, 3], 1, "SAME", outputs_collections="outs", scope="pool"
        ),
        IMAGE,
    ),
    "avg_pool2d": (lambda tf, x: tf.contrib.layers.avg_pool2d(x, [2, 2]), IMAGE),
    "max_pool3d": (lambda tf, x: tf.contrib.layers.max_pool3d(x, 2), (2, 4, 5, 3, 2)),
    "avg_pool3d": (lambda tf, x: tf.contrib.layers.avg_pool3d(x, 2, 1), (2, 4, 5, 3, 2)),
    "pool": (lambda tf, x: tf.contrib.slim.pool(x, [2, 2], "MAX", stride=2), IMAGE),
    # ---- normalization ----
    "batch_norm": (lambda tf, x: tf.contrib.layers.batch_norm(x), IMAGE),
    "batch_norm_scaled": (
        lambda tf, x: tf.contrib.layers.batch_norm(
            x, 0.9, scale=True, activation_fn=tf.nn.relu, scope="bn"
        ),
        IMAGE,
    ),
    "batch_norm_off": (lambda tf, x: tf.contrib.layers.batch_norm(x, is_training=False), IMAGE),
    "batch_norm_rank_2": (lambda tf, x: tf.contrib.layers.batch_norm(x, scale=True), (6, 3)),
    "batch_norm_rank_2_off": (
        lambda tf, x: tf.contrib.layers.batch_norm(x, is_training=False),
        (6, 3),
    ),
    "batch_norm_rank_3": (lambda tf, x: tf.contrib.layers.batch_norm(x), (3, 4, 3)),
    "batch_norm_unfused": (lambda tf, x: tf.contrib.layers.batch_norm(x, fused=False), IMAGE),
    "batch_norm_in_line": (
        lambda tf, x: tf.contrib.layers.batch_norm(x, updates_collections=None),
        IMAGE,
    ),
    "batch_norm_in_line_unfused": (
        lambda tf, x: tf.contrib.layers.batch_norm(
            x, updates_collections=None, fused=False, scale=True
        ),
        IMAGE,
    ),
    "batch_norm_in_line_rank_2": (
        lambda tf, x: tf.contrib.layers.batch_norm(x, updates_collections=None),
        (6, 3),
    ),
    "batch_norm_in_line_off": (
        lambda tf, x: tf.contrib.layers.batch_norm(
            x, updates_collections=None, is_training=False, scale=True
        ),
        IMAGE,
    ),
    "batch_norm_in_line_placeholder": (
        lambda tf, x: tf.contrib.layers.batch_norm(
            x, updates_collections=None, is_training=tf.placeholder_with_default(True, [])
        ),
        IMAGE,
    ),
    "batch_norm_in_line_placeholder_unfused": (
        lambda tf, x: tf.contrib.layers.batch_norm(
            x,
            updates_collections=None,
            fused=False,
            is_training=tf.placeholder_with_default(True, []),
        ),
        IMAGE,
    ),
    "batch_norm_placeholder": (
        lambda tf, x: tf.contrib.layers.batch_norm(
            x, is_training=tf.placeholder_with_default(True, [])
        ),
        IMAGE,
    ),
    "batch_norm_placeholder_rank_2": (
        lambda tf, x: tf.contrib.layers.batch_norm(
            x, is_training=tf.placeholder_with_default(True, []), scale=True
        ),
        (6, 3),
    ),
    "batch_norm_placeholder_rank_3": (
        lambda tf, x: tf.contrib.layers.batch_norm(
            x, is_training=tf.placeholder_with_default(False, [])
        ),
        (3, 4, 3),
    ),
    "batch_norm_other_collection": (
        lambda tf, x: tf.contrib.layers.batch_norm(x, updates_collections="mine"),
        IMAGE,
    ),
    "batch_norm_parameters": (
        lambda tf, x: tf.contrib.layers.batch_norm(
            x,
            scale=True,
            param_initializers={
                "beta": tf.ones_initializer(),
                "gamma": tf.zeros_initializer(),
                "moving_mean": tf.ones_initializer(),
            },
            param_regularizers={"gamma": tf.contrib.layers.l2_regularizer(L2)},
            fused=False,
            variables_collections=["mine"],
            outputs_collections="outs",
        ),
        IMAGE,
    ),
    "batch_norm_unbiased": (
        lambda tf, x: tf.contrib.layers.batch_norm(x, zero_debias_moving_mean=True),
        IMAGE,
    ),
    "batch_norm_unbiased_unfused": (
        lambda tf, x: tf.contrib.layers.batch_norm(
            x, zero_debias_moving_mean=True, fused=False, updates_collections=None
        ),
        IMAGE,
    ),
    "batch_norm_weighted": (
        lambda tf, x: tf.contrib.layers.batch_norm(
            x, batch_weights=np.float32([1, 2, 0, 1, 1, 3]), fused=False
        ),
        (6, 3),
    ),
    "batch_norm_renorm": (lambda tf, x: tf.contrib.layers.batch_norm(x, renorm=True), IMAGE),
    "layer_norm": (lambda tf, x: tf.contrib.layers.layer_norm(x), IMAGE),
    "layer_norm_rank_2": (
        lambda tf, x: tf.contrib.layers.layer_norm(x, activation_fn=tf.nn.tanh, scope="ln"),
        (4, 5),
    ),
    "layer_norm_last": (
        lambda tf, x: tf.contrib.layers.layer_norm(x, begin_norm_axis=-1),
        IMAGE,
    ),
    "layer_norm_without": (
        lambda tf, x: tf.contrib.layers.layer_norm(x, center=False, scale=False),
        (4, 5),
    ),
    "instance_norm": (lambda tf, x: tf.contrib.layers.instance_norm(x), IMAGE),
    "instance_norm_plain": (
        lambda tf, x: tf.contrib.layers.instance_norm(
            x, center=False, scale=False, activation_fn=tf.nn.relu
        ),
        IMAGE,
    ),
    "group_norm": (lambda tf, x: tf.contrib.layers.group_norm(x, 2), (2, 3, 4, 6)),
    "group_norm_first": (
        lambda tf, x: tf.contrib.layers.group_norm(
            x, 3, channels_axis=-3, reduction_axes=(-2, -1), mean_close_to_zero=True
        ),
        (2, 6, 3, 4),
    ),
}


def _one_liner(call, shape):
    return lambda tf: [call(tf, placeholder(tf, shape))]


PROGRAMS.update((name, _one_liner(*line)) for name, line in ONE_LINERS.items())


# ---- Inputs that are ids ----


@program
def embed_sequence(tf):
    return [tf.contrib.layers.embed_sequence(tf.constant(IDS), 6, 3)]


@program
def embed_sequence_shared(tf):
    layers = tf.contrib.layers
    ids = tf.constant(IDS)
    regularizer = layers.l2_regularizer(L2)
    first = layers.embed_sequence(ids, 6, 3, scope="e", unique=True, regularizer=regularizer)
    return [first, layers.embed_sequence(ids, 6, 3, scope="e", reuse=True)]


@program
def bow_encoder(tf):
    layers = tf.contrib.layers
    return [
        layers.bow_encoder(tf.constant(IDS), 6, 3, sparse_lookup=False, scope="b"),
        layers.bow_encoder(tf.constant(IDS), 6, 3),
    ]


@program
def embedding_lookup_unique(tf):
    table = tf.get_variable("table", [6, 3])
    return [tf.contrib.layers.embedding_lookup_unique(table, tf.constant(IDS))]


@program
def one_hot_encoding(tf):
    layers = tf.contrib.layers
    ids = tf.constant(IDS[0], tf.int64)
    x = placeholder(tf, (4, 5))
    return [layers.one_hot_encoding(ids, 5), layers.one_hot_encoding(ids, 5, 2.0, -1.0) * x]


# ---- Scopes, sharing, collections ----


@program
def nested_arg_scopes(tf):
    slim = tf.contrib.slim
    x = placeholder(tf, IMAGE)
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        activation_fn=tf.nn.tanh,
        weights_regularizer=slim.l2_regularizer(L2),
        weights_initializer=tf.random_normal_initializer(stddev=0.1),
    ) as outer:
        with slim.arg_scope([slim.conv2d], padding="VALID", stride=2):
            y = slim.conv2d(x, 4, [2, 2], scope="a")
        y = slim.conv2d(y, 4, [1, 1], activation_fn=None, scope="b")
    with slim.arg_scope(outer):
        y = slim.flatten(y)
        y = slim.fully_connected(y, 3, scope="c")
    return [slim.fully_connected(y, 3, scope="d")]


@program
def shared(tf):
    layers = tf.contrib.layers
    x = placeholder(tf, (4, 5))
    a = layers.fully_connected(x, 5, scope="fc")
    b = layers.fully_connected(a, 5, scope="fc", reuse=True)
    with tf.variable_scope("net"):
        c = layers.batch_norm(layers.fully_connected(b, 5))
    with tf.variable_scope("net", reuse=True):
        d = layers.batch_norm(layers.fully_connected(c, 5))
    with tf.variable_scope("auto", reuse=tf.AUTO_REUSE):
        e = layers.layer_norm(d, scope="ln")
        f = layers.layer_norm(e, scope="ln")
    return [a, b, c, d, e, f]


@program
def slim_network(tf):
    slim = tf.contrib.slim
    x = placeholder(tf, (2, 8, 8, 2))
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        normalizer_fn=slim.batch_norm,
        normalizer_params={"is_training": True, "updates_collections": None},
        outputs_collections="ends",
    ):
        y = slim.repeat(x, 2, slim.conv2d, 4, [3, 3], scope="conv")
        y = slim.flatten(slim.max_pool2d(y, [2, 2]))
        y = slim.dropout(y, 0.7, seed=5)
        return [slim.fully_connected(y, 3, activation_fn=None)]


@program
def regularizers(tf):
    layers = tf.contrib.layers
    w = tf.get_variable("w", [3], initializer=tf.ones_initializer(), collections=None)
    tf.add_to_collection(tf.GraphKeys.WEIGHTS, w)
    both = layers.sum_regularizer([layers.l1_regularizer(0.1), layers.l2_regularizer(0.2)])
    return [
        layers.l1_regularizer(0.1)(w),
        layers.l2_regularizer(0.1)(w),
        layers.l1_l2_regularizer(0.1, 0.2)(w),
        both(w),
        layers.apply_regularization(layers.l2_regularizer(0.5)),
    ]


@program
def initializers(tf):
    layers = tf.contrib.layers
    makers = [
        layers.xavier_initializer(),
        layers.xavier_initializer(uniform=False),
        layers.xavier_initializer_conv2d(seed=5),
        layers.variance_scaling_initializer(),
        layers.variance_scaling_initializer(1.0, "FAN_OUT", True, seed=3),
        layers.variance_scaling_initializer(mode="FAN_AVG"),
    ]
    variables = [
        tf.get_variable(f"v{number}_{len(shape)}", shape, initializer=maker)
        for number, maker in enumerate(makers)
        for shape in ([], [3], [3, 4], [2, 3, 2, 4])
    ]
    return [tf.add_n([tf.reduce_sum(tf.identity(v)) for v in variables])]


@program
def optimize_loss(tf):
    layers = tf.contrib.layers
    w = tf.get_variable("w", initializer=numbers((3,)))
    loss = tf.reduce_sum(tf.square(w))
    step = tf.train.get_or_create_global_step()
    train = layers.optimize_loss(loss, step, 0.1, "SGD", clip_gradients=1.0, summaries=[])
    with tf.control_dependencies([train]):
        return [tf.identity(loss) * 0.0]


@program
def model_variables(tf):
    framework = tf.contrib.framework
    regularizer = tf.contrib.layers.l2_regularizer(L2)
    a = framework.model_variable("a", [2], initializer=tf.ones_initializer(), device="/cpu:0")
    with tf.variable_scope("s"):
        b = framework.model_variable("b", [2], regularizer=regularizer, collections=["mine"])
        c = framework.variable("c", [2], trainable=False)
    framework.local_variable(3.0, name="local")
    framework.global_variable(4.0, name="global")
    framework.add_model_variable(c)
    return [a + b + c]


# ---- Training ----

TRAININGS = {}


def training(build):
    """Adds a function that returns a loss and a training step to the table."""
    TRAININGS[build.__name__] = build
    return build


@training
def slim_training(tf):
    """Argument scopes, normalizers, regularizers and `create_train_op`."""
    slim = tf.contrib.slim
    x = tf.constant(numbers((16, 8, 8, 2)))
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        normalizer_fn=slim.batch_norm,
        weights_regularizer=slim.l2_regularizer(0.001),
        weights_initializer=slim.variance_scaling_initializer(),
    ):
        x = slim.repeat(x, 2, slim.conv2d, 4, [3, 3], scope="conv")
        x = slim.dropout(slim.flatten(slim.max_pool2d(x, [2, 2])), 0.8)
        logits = slim.fully_connected(x, 3, activation_fn=None, normalizer_fn=slim.layer_norm)
    tf.losses.sparse_softmax_cross_entropy(np.arange(16) % 3, logits)
    loss = tf.losses.get_total_loss()
    return loss, slim.learning.create_train_op(loss, tf.train.RMSPropOptimizer(0.001))


@training
def optimize_loss_training(tf):
    """`optimize_loss` with Adam, clipping and decay."""
    layers = tf.contrib.layers
    x = layers.stack(tf.constant(numbers((16, 6))), layers.fully_connected, [12, 8])
    logits = layers.linear(layers.layer_norm(x), 3)
    loss = tf.losses.sparse_softmax_cross_entropy(np.arange(16) % 3, logits)
    return loss, layers.optimize_loss(
        loss,
        tf.train.get_or_create_global_step(),
        0.05,
        "Adam",
        clip_gradients=1.0,
        learning_rate_decay_fn=lambda rate, step: tf.train.exponential_decay(rate, step, 20, 0.9),
    )
