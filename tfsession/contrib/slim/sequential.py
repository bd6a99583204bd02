"""Networks of one layer after another: AlexNet, VGG, OverFeat of `tf.contrib.slim.nets`.

Source: Krizhevsky, arXiv 1404.5997; Simonyan and Zisserman, arXiv 1409.1556; Sermanet et al.,
  arXiv 1312.6229.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from tfsession.contrib.framework.scopes import arg_scope
from tfsession.contrib.layers import outputs as names
from tfsession.contrib.layers.convolutional import conv2d, max_pool2d
from tfsession.contrib.layers.dense import dropout, fully_connected, repeat
from tfsession.ops import array
from tfsession.ops.activation import relu
from tfsession.ops.initializers import (
    constant_initializer,
    truncated_normal_initializer,
    zeros_initializer,
)
from tfsession.variables.regularizers import l2_regularizer
from tfsession.variables.scope import variable_scope

EndPoints = dict[str, Any]


def trunc_normal(stddev: float) -> Any:
    """Truncated normal numbers around 0."""
    return truncated_normal_initializer(0.0, stddev)


def _classified(
    net: Any,
    own: Any,
    collection: str,
    sizes: Sequence[tuple[int, int]],
    num_classes: int,
    is_training: Any,
    dropout_keep_prob: float,
    spatial_squeeze: bool,
    last: dict[str, Any],
) -> tuple[Any, EndPoints]:
    """Two fully connected layers with dropout, and the logits, all of them convolutions."""
    for number, (filters, window) in zip((6, 7), sizes, strict=True):
        padding: dict[str, Any] = {"padding": "VALID"} if window > 1 else {}
        net = conv2d(net, filters, [window, window], scope=f"fc{number}", **padding)
        net = dropout(net, dropout_keep_prob, is_training=is_training, scope=f"dropout{number}")
    net = conv2d(
        net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="fc8", **last
    )
    end_points = names.convert_collection_to_dict(collection)
    if spatial_squeeze:
        net = array.squeeze(net, [1, 2], name="fc8/squeezed")
        end_points[f"{own.name}/fc8"] = net
    return net, end_points


# ---- VGG ----


def vgg_arg_scope(weight_decay: float = 0.0005) -> dict[str, dict[str, Any]]:
    """The arguments of layers in these networks, for `arg_scope`."""
    with (
        arg_scope(
            [conv2d, fully_connected],
            activation_fn=relu,
            weights_regularizer=l2_regularizer(weight_decay),
            biases_initializer=zeros_initializer(),
        ),
        arg_scope([conv2d], padding="SAME") as scope,
    ):
        return scope


def _vgg(
    repetitions: Sequence[int],
    inputs: Any,
    num_classes: int,
    is_training: Any,
    dropout_keep_prob: float,
    spatial_squeeze: bool,
    scope: Any,
) -> tuple[Any, EndPoints]:
    with variable_scope(scope, scope, [inputs]) as own:
        collection = f"{own.original_name_scope}_end_points"
        with arg_scope([conv2d, fully_connected, max_pool2d], outputs_collections=collection):
            net = inputs
            for number, (times, filters) in enumerate(
                zip(repetitions, (64, 128, 256, 512, 512), strict=True), 1
            ):
                net = repeat(net, times, conv2d, filters, [3, 3], scope=f"conv{number}")
                net = max_pool2d(net, [2, 2], scope=f"pool{number}")
            return _classified(
                net,
                own,
                collection,
                ((4096, 7), (4096, 1)),
                num_classes,
                is_training,
                dropout_keep_prob,
                spatial_squeeze,
                {},
            )


def _named_vgg(name: str, repetitions: Sequence[int]) -> Any:
    def network(
        inputs: Any,
        num_classes: int = 1000,
        is_training: Any = True,
        dropout_keep_prob: float = 0.5,
        spatial_squeeze: bool = True,
        scope: Any = name,
    ) -> tuple[Any, EndPoints]:
        return _vgg(
            repetitions,
            inputs,
            num_classes,
            is_training,
            dropout_keep_prob,
            spatial_squeeze,
            scope,
        )

    network.__name__ = network.__qualname__ = name
    network.__doc__ = f"""The network {name}, of {sum(repetitions) + 3} layers.

    Args:
      inputs: [batch, 224, 224, 3].
      num_classes: the number of classes.
      is_training: whether there is dropout.
      dropout_keep_prob: the probability that an element is kept.
      spatial_squeeze: whether the logits have no axes for height and width.
      scope: a name for the variable scope.

    Returns:
      The logits, and the outputs of layers by name.
    """
    vars(network)["default_image_size"] = 224
    return network


vgg_a = _named_vgg("vgg_a", (1, 1, 2, 2, 2))
vgg_16 = vgg_d = _named_vgg("vgg_16", (2, 2, 3, 3, 3))
vgg_19 = vgg_e = _named_vgg("vgg_19", (2, 2, 4, 4, 4))

# ---- AlexNet ----


def alexnet_v2_arg_scope(weight_decay: float = 0.0005) -> dict[str, dict[str, Any]]:
    """The arguments of layers in AlexNet, for `arg_scope`."""
    with (
        arg_scope(
            [conv2d, fully_connected],
            activation_fn=relu,
            biases_initializer=constant_initializer(0.1),
            weights_regularizer=l2_regularizer(weight_decay),
        ),
        arg_scope([conv2d], padding="SAME"),
        arg_scope([max_pool2d], padding="VALID") as scope,
    ):
        return scope


_FULLY_CONNECTED = functools.partial(
    arg_scope,
    [conv2d],
    weights_initializer=trunc_normal(0.005),
    biases_initializer=constant_initializer(0.1),
)


def alexnet_v2(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "alexnet_v2",
) -> tuple[Any, EndPoints]:
    """AlexNet, version 2; arguments and results as of `vgg_16`."""
    with variable_scope(scope, "alexnet_v2", [inputs]) as own:
        collection = f"{own.original_name_scope}_end_points"
        with arg_scope([conv2d, fully_connected, max_pool2d], outputs_collections=[collection]):
            net = conv2d(inputs, 64, [11, 11], 4, padding="VALID", scope="conv1")
            net = max_pool2d(net, [3, 3], 2, scope="pool1")
            net = conv2d(net, 192, [5, 5], scope="conv2")
            net = max_pool2d(net, [3, 3], 2, scope="pool2")
            for number, filters in ((3, 384), (4, 384), (5, 256)):
                net = conv2d(net, filters, [3, 3], scope=f"conv{number}")
            net = max_pool2d(net, [3, 3], 2, scope="pool5")
            with _FULLY_CONNECTED():
                return _classified(
                    net,
                    own,
                    collection,
                    ((4096, 5), (4096, 1)),
                    num_classes,
                    is_training,
                    dropout_keep_prob,
                    spatial_squeeze,
                    {"biases_initializer": zeros_initializer()},
                )


vars(alexnet_v2)["default_image_size"] = 224

# ---- OverFeat ----


def overfeat_arg_scope(weight_decay: float = 0.0005) -> dict[str, dict[str, Any]]:
    """The arguments of layers in OverFeat, for `arg_scope`."""
    with (
        arg_scope(
            [conv2d, fully_connected],
            activation_fn=relu,
            weights_regularizer=l2_regularizer(weight_decay),
            biases_initializer=zeros_initializer(),
        ),
        arg_scope([conv2d], padding="SAME"),
        arg_scope([max_pool2d], padding="VALID") as scope,
    ):
        return scope


def overfeat(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "overfeat",
) -> tuple[Any, EndPoints]:
    """OverFeat; arguments and results as of `vgg_16`, for images of 231 by 231."""
    with variable_scope(scope, "overfeat", [inputs]) as own:
        collection = f"{own.name}_end_points"
        with arg_scope([conv2d, fully_connected, max_pool2d], outputs_collections=collection):
            net = conv2d(inputs, 64, [11, 11], 4, padding="VALID", scope="conv1")
            net = max_pool2d(net, [2, 2], scope="pool1")
            net = conv2d(net, 256, [5, 5], padding="VALID", scope="conv2")
            net = max_pool2d(net, [2, 2], scope="pool2")
            for number, filters in ((3, 512), (4, 1024), (5, 1024)):
                net = conv2d(net, filters, [3, 3], scope=f"conv{number}")
            net = max_pool2d(net, [2, 2], scope="pool5")
            with _FULLY_CONNECTED():
                return _classified(
                    net,
                    own,
                    collection,
                    ((3072, 6), (4096, 1)),
                    num_classes,
                    is_training,
                    dropout_keep_prob,
                    spatial_squeeze,
                    {"biases_initializer": zeros_initializer()},
                )
