"""Inception networks of `tf.contrib.slim.nets`, version 1.

Source: Szegedy et al., arXiv 1409.4842.
"""

from __future__ import annotations

from typing import Any

from tfsession.contrib.framework.scopes import arg_scope
from tfsession.contrib.layers.convolutional import avg_pool2d, conv2d, max_pool2d
from tfsession.contrib.layers.dense import dropout, fully_connected, softmax
from tfsession.contrib.layers.initializers import variance_scaling_initializer
from tfsession.contrib.layers.normalization import batch_norm
from tfsession.contrib.slim.sequential import trunc_normal
from tfsession.graph.scopes import GraphKeys
from tfsession.ops import array
from tfsession.ops.activation import relu
from tfsession.variables.regularizers import l2_regularizer
from tfsession.variables.scope import variable_scope

EndPoints = dict[str, Any]


def inception_v1_arg_scope(
    weight_decay: float = 0.00004,
    use_batch_norm: bool = True,
    batch_norm_var_collection: str = "moving_vars",
) -> dict[str, dict[str, Any]]:
    """The arguments of layers in these networks, for `arg_scope`."""
    params = {
        "decay": 0.9997,
        "epsilon": 0.001,
        "updates_collections": GraphKeys.UPDATE_OPS,
        "variables_collections": {
            "beta": None,
            "gamma": None,
            "moving_mean": [batch_norm_var_collection],
            "moving_variance": [batch_norm_var_collection],
        },
    }
    with (
        arg_scope([conv2d, fully_connected], weights_regularizer=l2_regularizer(weight_decay)),
        arg_scope(
            [conv2d],
            weights_initializer=variance_scaling_initializer(),
            activation_fn=relu,
            normalizer_fn=batch_norm if use_batch_norm else None,
            normalizer_params=params if use_batch_norm else {},
        ) as scope,
    ):
        return scope


# Layers from the first on: a name, and what it is made of. A convolution is (filters, window,
# stride), a pooling (window, stride), a mixed layer the filters of its four branches.
_LAYERS: dict[str, Any] = {
    "Conv2d_1a_7x7": (64, 7, 2),
    "MaxPool_2a_3x3": (3, 2),
    "Conv2d_2b_1x1": (64, 1, 1),
    "Conv2d_2c_3x3": (192, 3, 1),
    "MaxPool_3a_3x3": (3, 2),
    "Mixed_3b": (64, (96, 128), (16, 32), 32),
    "Mixed_3c": (128, (128, 192), (32, 96), 64),
    "MaxPool_4a_3x3": (3, 2),
    "Mixed_4b": (192, (96, 208), (16, 48), 64),
    "Mixed_4c": (160, (112, 224), (24, 64), 64),
    "Mixed_4d": (128, (128, 256), (24, 64), 64),
    "Mixed_4e": (112, (144, 288), (32, 64), 64),
    "Mixed_4f": (256, (160, 320), (32, 128), 128),
    "MaxPool_5a_2x2": (2, 2),
    "Mixed_5b": (256, (160, 320), (32, 128), 128),
    "Mixed_5c": (384, (192, 384), (48, 128), 128),
}


def _mixed(net: Any, name: str, filters: Any) -> Any:
    one, three, also_three, pooled = filters
    # The name is that of checkpoints.
    second = "Conv2d_0a_3x3" if name == "Mixed_5b" else "Conv2d_0b_3x3"
    with variable_scope(name):
        with variable_scope("Branch_0"):
            branches = [conv2d(net, one, [1, 1], scope="Conv2d_0a_1x1")]
        with variable_scope("Branch_1"):
            branch = conv2d(net, three[0], [1, 1], scope="Conv2d_0a_1x1")
            branches.append(conv2d(branch, three[1], [3, 3], scope="Conv2d_0b_3x3"))
        with variable_scope("Branch_2"):
            branch = conv2d(net, also_three[0], [1, 1], scope="Conv2d_0a_1x1")
            branches.append(conv2d(branch, also_three[1], [3, 3], scope=second))
        with variable_scope("Branch_3"):
            branch = max_pool2d(net, [3, 3], scope="MaxPool_0a_3x3")
            branches.append(conv2d(branch, pooled, [1, 1], scope="Conv2d_0b_1x1"))
        return array.concat(branches, 3)


def inception_v1_base(
    inputs: Any, final_endpoint: str = "Mixed_5c", scope: Any = "InceptionV1"
) -> tuple[Any, EndPoints]:
    """The network up to a layer.

    Args:
      inputs: [batch, height, width, 3].
      final_endpoint: the name of that layer, such as "Mixed_5c".
      scope: a name for the variable scope.

    Returns:
      Its output, and those of all layers by name.

    Raises:
      ValueError: there is no such layer.

    Source: TensorFlow 1.15, contrib/slim/python/slim/nets/inception_v1.py `inception_v1_base`.
    """
    end_points: EndPoints = {}
    with (
        variable_scope(scope, "InceptionV1", [inputs]),
        arg_scope([conv2d, fully_connected], weights_initializer=trunc_normal(0.01)),
        arg_scope([conv2d, max_pool2d], stride=1, padding="SAME"),
    ):
        net = inputs
        for name, made in _LAYERS.items():
            if name.startswith("Conv"):
                filters, window, stride = made
                net = conv2d(net, filters, [window, window], stride=stride, scope=name)
            elif name.startswith("MaxPool"):
                window, stride = made
                net = max_pool2d(net, [window, window], stride=stride, scope=name)
            else:
                net = _mixed(net, name, made)
            end_points[name] = net
            if name == final_endpoint:
                return net, end_points
    raise ValueError(f"Unknown final endpoint {final_endpoint}")


def inception_v1(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    prediction_fn: Any = softmax,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV1",
) -> tuple[Any, EndPoints]:
    """The network.

    Args:
      inputs: [batch, 224, 224, 3].
      num_classes: the number of classes.
      is_training: whether there is dropout, and statistics are those of the batch.
      dropout_keep_prob: the probability that an element is kept.
      prediction_fn: makes predictions of logits.
      spatial_squeeze: whether the logits have no axes for height and width.
      reuse: whether the variables of `scope` exist already.
      scope: a name for the variable scope.

    Returns:
      The logits, and the outputs of layers by name, with "Logits" and "Predictions".

    Source: TensorFlow 1.15, contrib/slim/python/slim/nets/inception_v1.py `inception_v1`.
    """
    with (
        variable_scope(scope, "InceptionV1", [inputs, num_classes], reuse=reuse) as own,
        arg_scope([batch_norm, dropout], is_training=is_training),
    ):
        net, end_points = inception_v1_base(inputs, scope=own)
        with variable_scope("Logits"):
            net = avg_pool2d(net, [7, 7], stride=1, scope="MaxPool_0a_7x7")
            net = dropout(net, dropout_keep_prob, scope="Dropout_0b")
            logits = conv2d(
                net,
                num_classes,
                [1, 1],
                activation_fn=None,
                normalizer_fn=None,
                scope="Conv2d_0c_1x1",
            )
            if spatial_squeeze:
                logits = array.squeeze(logits, [1, 2], name="SpatialSqueeze")
            end_points["Logits"] = logits
            end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
        return logits, end_points


vars(inception_v1)["default_image_size"] = 224
