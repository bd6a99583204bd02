"""Residual networks: `resnet_utils`, `resnet_v1` and `resnet_v2` of `tf.contrib.slim.nets`.

Source: He et al., arXiv 1512.03385 (version 1) and arXiv 1603.05027 (version 2).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tfsession.contrib.framework.scopes import add_arg_scope, arg_scope
from tfsession.contrib.layers import outputs as names
from tfsession.contrib.layers.convolutional import conv2d, max_pool2d
from tfsession.contrib.layers.dense import softmax
from tfsession.contrib.layers.initializers import variance_scaling_initializer
from tfsession.contrib.layers.normalization import batch_norm
from tfsession.graph.scopes import GraphKeys
from tfsession.ops import reduction
from tfsession.ops.activation import relu
from tfsession.ops.rearrange import pad
from tfsession.variables.regularizers import l2_regularizer
from tfsession.variables.scope import variable_scope

# ---- Parts ----


class Block(NamedTuple):
    """Units of a residual network that have a scope in common.

    Args:
      scope: the name of the variable scope.
      unit_fn: a function of a tensor that makes a unit.
      args: for each unit its further arguments, with "stride".
    """

    scope: str
    unit_fn: Callable[..., Any]
    args: Sequence[dict[str, Any]]


def subsample(inputs: Any, factor: int, scope: Any = None) -> Any:
    """Every `factor`-th row and column of images."""
    if factor == 1:
        return inputs
    return max_pool2d(inputs, [1, 1], stride=factor, scope=scope)


def conv2d_same(
    inputs: Any, num_outputs: int, kernel_size: int, stride: int, rate: int = 1, scope: Any = None
) -> Any:
    """A convolution whose padding does not depend on the size of the images.

    Args:
      inputs: [batch, height, width, channels].
      num_outputs: the number of output channels.
      kernel_size: the size of the filter.
      stride: steps between windows.
      rate: steps between the taps of a filter.
      scope: a name for the variable scope.

    Returns:
      [batch, ceil(height / stride), ceil(width / stride), num_outputs].

    Source: TensorFlow 1.15, contrib/slim/python/slim/nets/resnet_utils.py `conv2d_same`.
    """
    if stride == 1:
        return conv2d(
            inputs, num_outputs, kernel_size, stride=1, rate=rate, padding="SAME", scope=scope
        )
    reach = kernel_size + (kernel_size - 1) * (rate - 1)
    around = [(reach - 1) // 2, reach - 1 - (reach - 1) // 2]
    return conv2d(
        pad(inputs, [[0, 0], around, around, [0, 0]]),
        num_outputs,
        kernel_size,
        stride=stride,
        rate=rate,
        padding="VALID",
        scope=scope,
    )


@add_arg_scope
def stack_blocks_dense(
    net: Any,
    blocks: Sequence[Block],
    output_stride: int | None = None,
    outputs_collections: Any = None,
) -> Any:
    """Applies blocks one after another.

    Args:
      net: [batch, height, width, channels].
      blocks: the blocks.
      output_stride: the stride of the result to `net`; once it is reached, units do not step but
        have filters with gaps.
      outputs_collections: collections of the results of blocks.

    Returns:
      [batch, height / stride, width / stride, channels].

    Raises:
      ValueError: there is no such stride.

    Source: TensorFlow 1.15, contrib/slim/python/slim/nets/resnet_utils.py `stack_blocks_dense`.
    """
    stride, rate = 1, 1
    for block in blocks:
        with variable_scope(block.scope, "block", [net]) as own:
            for number, unit in enumerate(block.args, 1):
                if output_stride is not None and stride > output_stride:
                    raise ValueError("The target output_stride cannot be reached.")
                with variable_scope(f"unit_{number}", values=[net]):
                    if stride == output_stride:
                        net = block.unit_fn(net, rate=rate, **{**unit, "stride": 1})
                        rate *= unit.get("stride", 1)
                    else:
                        net = block.unit_fn(net, rate=1, **unit)
                        stride *= unit.get("stride", 1)
            net = names.collect_named_outputs(outputs_collections, own.name, net)
    if output_stride is not None and stride != output_stride:
        raise ValueError("The target output_stride cannot be reached.")
    return net


def resnet_arg_scope(
    weight_decay: float = 0.0001,
    batch_norm_decay: float = 0.997,
    batch_norm_epsilon: float = 1e-5,
    batch_norm_scale: bool = True,
) -> dict[str, dict[str, Any]]:
    """The arguments of layers in residual networks, for `arg_scope`."""
    params = {
        "decay": batch_norm_decay,
        "epsilon": batch_norm_epsilon,
        "scale": batch_norm_scale,
        "updates_collections": GraphKeys.UPDATE_OPS,
    }
    with (
        arg_scope(
            [conv2d],
            weights_regularizer=l2_regularizer(weight_decay),
            weights_initializer=variance_scaling_initializer(),
            activation_fn=relu,
            normalizer_fn=batch_norm,
            normalizer_params=params,
        ),
        arg_scope([batch_norm], **params),
        arg_scope([max_pool2d], padding="SAME") as scope,
    ):
        return scope


# ---- Units ----


@add_arg_scope
def bottleneck_v1(
    inputs: Any,
    depth: int,
    depth_bottleneck: int,
    stride: int,
    rate: int = 1,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """A unit that normalizes behind its convolutions.

    Args:
      inputs: [batch, height, width, channels].
      depth: the number of output channels.
      depth_bottleneck: the number of channels between.
      stride: the stride of the result.
      rate: steps between the taps of the filter.
      outputs_collections: collections of the result.
      scope: a name for the variable scope; 'bottleneck_v1' when None.

    Returns:
      [batch, height / stride, width / stride, depth].
    """
    with variable_scope(scope, "bottleneck_v1", [inputs]) as own:
        if depth == names.last_dimension(inputs.get_shape(), min_rank=4):
            shortcut = subsample(inputs, stride, "shortcut")
        else:
            shortcut = conv2d(
                inputs, depth, [1, 1], stride=stride, activation_fn=None, scope="shortcut"
            )
        residual = conv2d(inputs, depth_bottleneck, [1, 1], stride=1, scope="conv1")
        residual = conv2d_same(residual, depth_bottleneck, 3, stride, rate=rate, scope="conv2")
        residual = conv2d(residual, depth, [1, 1], stride=1, activation_fn=None, scope="conv3")
        return names.collect_named_outputs(outputs_collections, own.name, relu(shortcut + residual))


@add_arg_scope
def bottleneck_v2(
    inputs: Any,
    depth: int,
    depth_bottleneck: int,
    stride: int,
    rate: int = 1,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """A unit that normalizes before its convolutions; arguments as of `bottleneck_v1`."""
    with variable_scope(scope, "bottleneck_v2", [inputs]) as own:
        before = batch_norm(inputs, activation_fn=relu, scope="preact")
        if depth == names.last_dimension(inputs.get_shape(), min_rank=4):
            shortcut = subsample(inputs, stride, "shortcut")
        else:
            shortcut = conv2d(
                before,
                depth,
                [1, 1],
                stride=stride,
                normalizer_fn=None,
                activation_fn=None,
                scope="shortcut",
            )
        residual = conv2d(before, depth_bottleneck, [1, 1], stride=1, scope="conv1")
        residual = conv2d_same(residual, depth_bottleneck, 3, stride, rate=rate, scope="conv2")
        residual = conv2d(
            residual,
            depth,
            [1, 1],
            stride=1,
            normalizer_fn=None,
            activation_fn=None,
            scope="conv3",
        )
        return names.collect_named_outputs(outputs_collections, own.name, shortcut + residual)


def _block(
    unit_fn: Callable[..., Any], scope: str, base_depth: int, num_units: int, stride: int
) -> Block:
    unit = {"depth": base_depth * 4, "depth_bottleneck": base_depth, "stride": 1}
    return Block(scope, unit_fn, [*[unit] * (num_units - 1), {**unit, "stride": stride}])


#: Blocks of `num_units` units, of which the last one has the stride.
resnet_v1_block = functools.partial(_block, bottleneck_v1)
resnet_v2_block = functools.partial(_block, bottleneck_v2)

# ---- Networks ----


def _resnet(
    version: int,
    inputs: Any,
    blocks: Sequence[Block],
    num_classes: int | None,
    is_training: Any,
    global_pool: bool,
    output_stride: int | None,
    include_root_block: bool,
    reuse: Any,
    scope: Any,
) -> tuple[Any, dict[str, Any]]:
    unit = bottleneck_v1 if version == 1 else bottleneck_v2
    with variable_scope(scope, f"resnet_v{version}", [inputs], reuse=reuse) as own:
        collection = f"{own.original_name_scope}_end_points"
        with (
            arg_scope([conv2d, unit, stack_blocks_dense], outputs_collections=collection),
            arg_scope([batch_norm], is_training=is_training),
        ):
            net = inputs
            if include_root_block:
                if output_stride is not None:
                    if output_stride % 4:
                        raise ValueError("The output_stride needs to be a multiple of 4.")
                    output_stride //= 4
                # Version 2 normalizes in the first unit.
                root = {} if version == 1 else {"activation_fn": None, "normalizer_fn": None}
                with arg_scope([conv2d], **root):
                    net = conv2d_same(net, 64, 7, stride=2, scope="conv1")
                net = max_pool2d(net, [3, 3], stride=2, scope="pool1")
            net = stack_blocks_dense(net, blocks, output_stride)
            if version == 2:
                net = batch_norm(net, activation_fn=relu, scope="postnorm")
            if global_pool:
                net = reduction.reduce_mean(net, [1, 2], name="pool5", keepdims=True)
            if num_classes is not None:
                net = conv2d(
                    net,
                    num_classes,
                    [1, 1],
                    activation_fn=None,
                    normalizer_fn=None,
                    scope="logits",
                )
            end_points = names.convert_collection_to_dict(collection)
            if num_classes is not None:
                end_points["predictions"] = softmax(net, scope="predictions")
            return net, end_points


def resnet_v1(
    inputs: Any,
    blocks: Sequence[Block],
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: int | None = None,
    include_root_block: bool = True,
    reuse: Any = None,
    scope: Any = None,
) -> tuple[Any, dict[str, Any]]:
    """A residual network of given blocks.

    Args:
      inputs: [batch, height, width, 3].
      blocks: the blocks.
      num_classes: the number of classes; None for features.
      is_training: whether statistics are those of the batch.
      global_pool: whether features are averaged over the images.
      output_stride: the stride of the features; that of the blocks when None.
      include_root_block: whether a convolution and pooling come first.
      reuse: whether the variables of `scope` exist already.
      scope: a name for the variable scope; 'resnet_v1' when None.

    Returns:
      The logits, [batch, 1, 1, num_classes], or the features; and the outputs of layers by name.

    Raises:
      ValueError: the stride cannot be reached.

    Source: TensorFlow 1.15, contrib/slim/python/slim/nets/resnet_v1.py `resnet_v1`.
    """
    return _resnet(
        1,
        inputs,
        blocks,
        num_classes,
        is_training,
        global_pool,
        output_stride,
        include_root_block,
        reuse,
        scope,
    )


def resnet_v2(
    inputs: Any,
    blocks: Sequence[Block],
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: int | None = None,
    include_root_block: bool = True,
    reuse: Any = None,
    scope: Any = None,
) -> tuple[Any, dict[str, Any]]:
    """A residual network whose units normalize first; arguments and results as of `resnet_v1`.

    Source: TensorFlow 1.15, contrib/slim/python/slim/nets/resnet_v2.py `resnet_v2`.
    """
    return _resnet(
        2,
        inputs,
        blocks,
        num_classes,
        is_training,
        global_pool,
        output_stride,
        include_root_block,
        reuse,
        scope,
    )


#: Layers of a network -> the numbers of units of its four blocks.
_UNITS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3), 200: (3, 24, 36, 3)}
_DEPTHS = (64, 128, 256, 512)
_STRIDES = (2, 2, 2, 1)


def _named(version: int, layers: int) -> Callable[..., tuple[Any, dict[str, Any]]]:
    """The network of so many layers."""
    name = f"resnet_v{version}_{layers}"
    block = resnet_v1_block if version == 1 else resnet_v2_block

    def network(
        inputs: Any,
        num_classes: int | None = None,
        is_training: Any = True,
        global_pool: bool = True,
        output_stride: int | None = None,
        reuse: Any = None,
        scope: Any = name,
    ) -> tuple[Any, dict[str, Any]]:
        blocks = [
            block(f"block{number}", depth, units, stride)
            for number, depth, units, stride in zip(
                range(1, 5), _DEPTHS, _UNITS[layers], _STRIDES, strict=True
            )
        ]
        return _resnet(
            version,
            inputs,
            blocks,
            num_classes,
            is_training,
            global_pool,
            output_stride,
            True,
            reuse,
            scope,
        )

    network.__name__ = network.__qualname__ = name
    network.__doc__ = f"The residual network of {layers} layers; see `resnet_v{version}`."
    return network


resnet_v1_50 = _named(1, 50)
resnet_v1_101 = _named(1, 101)
resnet_v1_152 = _named(1, 152)
resnet_v1_200 = _named(1, 200)
resnet_v2_50 = _named(2, 50)
resnet_v2_101 = _named(2, 101)
resnet_v2_152 = _named(2, 152)
resnet_v2_200 = _named(2, 200)
