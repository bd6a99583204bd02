"""Layers of general use: fully connected ones, biases, dropout, shapes, and layers of layers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from tfsession.contrib.framework.scopes import add_arg_scope
from tfsession.contrib.framework.variables import model_variable
from tfsession.contrib.layers import outputs as names
from tfsession.contrib.layers.initializers import xavier_initializer
from tfsession.dtypes import int32, int64
from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.composites import SparseTensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import GraphKeys, name_scope
from tfsession.layers import core
from tfsession.ops import activation, array, indexing, math, nn, reduction
from tfsession.ops.contraction import matmul
from tfsession.ops.initializers import constant_initializer, ones_initializer, zeros_initializer
from tfsession.ops.rearrange import tile, transpose
from tfsession.ops.softmax import softmax as softmax_of
from tfsession.variables.scope import get_variable, variable_scope

__all__ = [
    "bias_add",
    "dense_to_sparse",
    "dropout",
    "elu",
    "flatten",
    "fully_connected",
    "legacy_fully_connected",
    "legacy_linear",
    "legacy_relu",
    "linear",
    "maxout",
    "one_hot_encoding",
    "relu",
    "relu6",
    "repeat",
    "softmax",
    "spatial_softmax",
    "stack",
    "unit_norm",
]


def normalized_and_activated(
    outputs: Any, normalizer_fn: Any, normalizer_params: Any, activation_fn: Any
) -> Any:
    """What comes behind the weights of a layer: its normalizer, then its activation."""
    if normalizer_fn is not None:
        outputs = normalizer_fn(outputs, **(normalizer_params or {}))
    return outputs if activation_fn is None else activation_fn(outputs)


def check_format(data_format: str | None, names: Sequence[str] = ("NCHW", "NHWC")) -> None:
    """Refuses a data format that is none of two.

    Raises:
      ValueError: it is another one.
    """
    if data_format not in names:
        raise ValueError(f"data_format has to be either {' or '.join(names)}.")


# ---- Fully connected ----


@add_arg_scope
def fully_connected(
    inputs: Any,
    num_outputs: int,
    activation_fn: Any = activation.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """``activation_fn(inputs @ weights + biases)``.

    Args:
      inputs: [..., channels], of rank 2 or more.
      num_outputs: the size of the last axis of the result.
      activation_fn: a function of tensors; None for the identity.
      normalizer_fn: a function that is applied instead of biases, before the activation.
      normalizer_params: its further arguments.
      weights_initializer: of `weights`, [channels, num_outputs].
      weights_regularizer: maps them to a loss.
      biases_initializer: of `biases`, [num_outputs]; None for no biases.
      biases_regularizer: maps them to a loss.
      reuse: whether the variables of `scope` exist already.
      variables_collections: collections of all variables, or by "weights" and "biases".
      outputs_collections: collections of the result.
      trainable: whether the variables are trained.
      scope: a name for the variable scope; 'fully_connected' when None.

    Returns:
      [..., num_outputs].

    Raises:
      ValueError: `num_outputs` is no int, or the inputs have no known last axis.

    Source: TensorFlow 1.15 `tf.contrib.layers.fully_connected`.
    """
    if not isinstance(num_outputs, int):
        raise ValueError(f"num_outputs type should be one of {[int]}, got {type(num_outputs)}.")
    getter = names.renaming_getter({"bias": "biases", "kernel": "weights"})
    with variable_scope(
        scope, "fully_connected", [inputs], reuse=reuse, custom_getter=getter
    ) as own:
        inputs = convert_to_tensor(inputs)
        layer = core.Dense(
            units=num_outputs,
            use_bias=not normalizer_fn and biases_initializer,
            kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer,
            bias_regularizer=biases_regularizer,
            trainable=trainable,
            name=own.name,
            dtype=inputs.dtype.base_dtype,
            _scope=own,
            _reuse=reuse,
        )
        outputs = layer(inputs)
        names.add_to_collections(layer.kernel, variables_collections, "weights")
        if layer.bias is not None:
            names.add_to_collections(layer.bias, variables_collections, "biases")
        outputs = normalized_and_activated(outputs, normalizer_fn, normalizer_params, activation_fn)
        return names.collect_named_outputs(outputs_collections, own.name, outputs)


#: `fully_connected` with other activations.
relu = functools.partial(fully_connected, activation_fn=activation.relu)
relu6 = functools.partial(fully_connected, activation_fn=activation.relu6)
elu = functools.partial(fully_connected, activation_fn=activation.elu)
linear = functools.partial(fully_connected, activation_fn=None)


def legacy_fully_connected(
    x: Any,
    num_output_units: int,
    activation_fn: Any = None,
    weight_init: Any = xavier_initializer(),
    bias_init: Any = zeros_initializer(),
    name: str | None = None,
    weight_collections: Any = (GraphKeys.WEIGHTS,),
    bias_collections: Any = (GraphKeys.BIASES,),
    output_collections: Any = (GraphKeys.ACTIVATIONS,),
    trainable: bool = True,
    weight_regularizer: Any = None,
    bias_regularizer: Any = None,
) -> Tensor:
    """``activation_fn(x @ weights + bias)``, with variables that are not those of a model.

    Args:
      x: [..., channels], of rank 2 or more.
      num_output_units: the size of the last axis of the result.
      activation_fn: a function of tensors; None for the identity.
      weight_init: the initializer of `weights`, [channels, num_output_units].
      bias_init: the initializer of `bias`, [num_output_units]; None for no bias.
      name: a name for the variable scope; 'fully_connected' when None.
      weight_collections, bias_collections, output_collections: collections of the weights, the
        bias, and the result.
      trainable: whether the variables are trained.
      weight_regularizer, bias_regularizer: map the variable to a loss.

    Returns:
      [..., num_output_units].

    Raises:
      ValueError: the rank or the last axis is not known.

    Source: TensorFlow 1.15 `tf.contrib.layers.legacy_fully_connected`.
    """
    with variable_scope(name, "fully_connected", [x]):
        x = convert_to_tensor(x)
        dims = x.shape.as_list() if x.shape.ndims is not None else None
        if dims is None:
            raise ValueError("dims of x must be known but is None")
        if len(dims) < 2:
            raise ValueError(f"rank of x must be at least 2 not: {len(dims)}")
        if dims[-1] is None:
            raise ValueError("last dimension of x must be known but is None")

        def variable(name: str, shape: list[Any], collections: Any, **given: Any) -> Any:
            both = {*(collections or ()), GraphKeys.GLOBAL_VARIABLES}
            return get_variable(
                name, shape, x.dtype.base_dtype, collections=both, trainable=trainable, **given
            )

        weights = variable(
            "weights",
            [dims[-1], num_output_units],
            weight_collections,
            initializer=weight_init,
            regularizer=weight_regularizer,
        )
        rows = x if len(dims) <= 2 else array.reshape(x, [-1, dims[-1]])
        y = matmul(rows, weights)
        if bias_init is not None:
            bias = variable(
                "bias",
                [num_output_units],
                bias_collections,
                initializer=bias_init,
                regularizer=bias_regularizer,
            )
            y = nn.bias_add(y, bias)
        if len(dims) > 2:
            sizes: list[Any] = array.unstack(array.shape(x))
            y = array.reshape(y, array.stack([*sizes[:-1], num_output_units]))
            y.set_shape([*dims[:-1], num_output_units])
        y = y if activation_fn is None else activation_fn(y)
        scopes.add_to_collections({*(output_collections or ()), GraphKeys.ACTIVATIONS}, y)
        return y


#: `legacy_fully_connected` with other activations.
legacy_linear = functools.partial(legacy_fully_connected, activation_fn=None)
legacy_relu = functools.partial(legacy_fully_connected, activation_fn=activation.relu)


@add_arg_scope
def bias_add(
    inputs: Any,
    activation_fn: Any = None,
    initializer: Any = zeros_initializer(),
    regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Any:
    """Adds a bias to each channel.

    Args:
      inputs: [batch, ..., channels], or [batch, channels, ...] for "NCHW".
      activation_fn: a function of tensors; None for the identity.
      initializer: of `biases`, [channels].
      regularizer: maps them to a loss.
      reuse: whether the variable of `scope` exists already.
      variables_collections: collections of the variable, also by "biases".
      outputs_collections: collections of the result.
      trainable: whether the variable is trained.
      data_format: "NHWC" or "NCHW".
      scope: a name for the variable scope; 'BiasAdd' when None.

    Returns:
      A tensor like `inputs`.

    Raises:
      ValueError: the number of channels is not known, or there is no such `data_format`.

    Source: TensorFlow 1.15 `tf.contrib.layers.bias_add`.
    """
    check_format(data_format)
    with variable_scope(scope, "BiasAdd", [inputs], reuse=reuse) as own:
        inputs = convert_to_tensor(inputs)
        rank = inputs.shape.ndims
        if rank is None:
            raise ValueError("Dims of shape must be known but is None")
        if rank != 4 and data_format == "NCHW":
            raise ValueError("Data format NCHW only supports 4D Tensor")
        biases = model_variable(
            "biases",
            shape=[names.channel_dimension(inputs.shape, data_format)],
            dtype=inputs.dtype.base_dtype,
            initializer=initializer,
            regularizer=regularizer,
            collections=names.get_variable_collections(variables_collections, "biases"),
            trainable=trainable,
        )
        outputs = nn.bias_add(inputs, biases, data_format=data_format)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return names.collect_named_outputs(outputs_collections, own.name, outputs)


# ---- Layers without variables ----


@add_arg_scope
def dropout(
    inputs: Any,
    keep_prob: Any = 0.5,
    noise_shape: Any = None,
    is_training: Any = True,
    outputs_collections: Any = None,
    scope: Any = None,
    seed: int | None = None,
) -> Any:
    """Sets random elements to 0 in training, and scales the others.

    Args:
      inputs: a tensor of floats.
      keep_prob: the probability that an element is kept.
      noise_shape: the shape of the random choices.
      is_training: a bool or a scalar bool tensor; elements are dropped only where it is true.
      outputs_collections: collections of the result.
      scope: a name for the variable scope; 'Dropout' when None.
      seed: the op's seed.

    Returns:
      A tensor like `inputs`.

    Source: TensorFlow 1.15 `tf.contrib.layers.dropout`.
    """
    with variable_scope(scope, "Dropout", [inputs], custom_getter=names.renaming_getter({})) as own:
        inputs = convert_to_tensor(inputs)
        layer = core.Dropout(
            rate=1 - keep_prob, noise_shape=noise_shape, seed=seed, name=own.name, _scope=own
        )
        outputs = layer(inputs, training=is_training)
        return names.collect_named_outputs(outputs_collections, own.name, outputs)


@add_arg_scope
def flatten(inputs: Any, outputs_collections: Any = None, scope: Any = None) -> Any:
    """Makes one axis of all but the first.

    Args:
      inputs: [batch, ...].
      outputs_collections: collections of the result.
      scope: a name for the scope; 'Flatten' when None.

    Returns:
      [batch, elements].

    Source: TensorFlow 1.15 `tf.contrib.layers.flatten`.
    """
    with name_scope(scope, "Flatten", [inputs]) as own:
        outputs = core.flatten(convert_to_tensor(inputs))
        return names.collect_named_outputs(outputs_collections, own, outputs)


@add_arg_scope
def one_hot_encoding(
    labels: Any,
    num_classes: int,
    on_value: Any = 1.0,
    off_value: Any = 0.0,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """`tf.one_hot` of labels.

    Args:
      labels: [batch], integers.
      num_classes: how many there are.
      on_value: at the place of a label.
      off_value: at the others.
      outputs_collections: collections of the result.
      scope: a name for the scope; 'OneHotEncoding' when None.

    Returns:
      [batch, num_classes].

    Source: TensorFlow 1.15 `tf.contrib.layers.one_hot_encoding`.
    """
    with name_scope(scope, "OneHotEncoding", [labels, num_classes]) as own:
        labels = convert_to_tensor(labels)
        if labels.dtype is int32:
            labels = math.cast(labels, int64)
        outputs = array.one_hot(labels, num_classes, on_value=on_value, off_value=off_value)
        return names.collect_named_outputs(outputs_collections, own, outputs)


@add_arg_scope
def maxout(inputs: Any, num_units: int, axis: int = -1, scope: Any = None) -> Tensor:
    """The greatest of each group of channels.

    Args:
      inputs: a tensor.
      num_units: the number of groups.
      axis: the axis of the channels.
      scope: a name for the variable scope; 'MaxOut' when None.

    Returns:
      `inputs` with `num_units` channels.

    Raises:
      ValueError: the channels cannot be divided into so many groups.

    Source: Goodfellow et al., arXiv 1302.4389; TensorFlow 1.15 `tf.contrib.layers.maxout`.
    """
    with variable_scope(scope, "MaxOut", [inputs]):
        inputs = convert_to_tensor(inputs)
        shape: list[Any] = inputs.shape.as_list()
        channels = shape[axis]
        if channels % num_units:
            raise ValueError(
                f"number of features({channels}) is not a multiple of num_units({num_units})"
            )
        shape[axis] = num_units
        shape.append(channels // num_units)
        sizes = [array.shape(inputs)[i] if n is None else n for i, n in enumerate(shape)]
        result: Tensor = reduction.reduce_max(array.reshape(inputs, sizes), -1)
        return result


@add_arg_scope
def softmax(logits: Any, scope: Any = None) -> Tensor:
    """The softmax over the last axis.

    Args:
      logits: [..., classes], of rank 2 or more.
      scope: a name for the variable scope; 'softmax' when None.

    Source: TensorFlow 1.15 `tf.contrib.layers.softmax`.
    """
    with variable_scope(scope, "softmax", [logits]):
        classes = names.last_dimension(logits.get_shape(), min_rank=2)
        predictions = softmax_of(array.reshape(logits, [-1, classes]))
        predictions = array.reshape(predictions, array.shape(logits))
        predictions.set_shape(logits.get_shape())
        return predictions


@add_arg_scope
def spatial_softmax(
    features: Any,
    temperature: Any = None,
    name: str | None = None,
    variables_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
) -> Tensor:
    """Where each channel of an image is strongest: the expected place under its softmax.

    Args:
      features: [batch, height, width, channels], or [batch, channels, height, width] for "NCHW".
      temperature: what the features are divided by, the initial value of `temperature`; 1 when
        None.
      name: a name for the variable scope; 'spatial_softmax' when None.
      variables_collections: collections of the temperature, also by "temperature".
      trainable: whether it is trained.
      data_format: "NHWC" or "NCHW".

    Returns:
      [batch, 2 * channels]: for each channel row and column, both from -1 to 1.

    Raises:
      ValueError: there is no such `data_format`.

    Source: Levine et al., arXiv 1504.00702; TensorFlow 1.15 `tf.contrib.layers.spatial_softmax`.
    """
    check_format(data_format)
    is_last = data_format == "NHWC"
    with variable_scope(name, "spatial_softmax"):
        shape = array.shape(features)
        height, width = (shape[axis] for axis in ((1, 2) if is_last else (2, 3)))
        channels = features.get_shape().as_list()[-1 if is_last else 1]
        with name_scope("spatial_softmax_op", values=[features]):
            rows, columns = array.meshgrid(
                math.lin_space(-1.0, 1.0, num=height),
                math.lin_space(-1.0, 1.0, num=width),
                indexing="ij",
            )
            rows = array.reshape(rows, [height * width])
            columns = array.reshape(columns, [height * width])
            scale = model_variable(
                "temperature",
                shape=(),
                initializer=(
                    ones_initializer() if temperature is None else constant_initializer(temperature)
                ),
                collections=names.get_variable_collections(variables_collections, "temperature"),
                trainable=trainable,
            )
            if is_last:
                features = transpose(features, [0, 3, 1, 2])
            places = softmax_of(array.reshape(features, [-1, height * width]) / scale)
            row = reduction.reduce_sum(rows * places, [1], keepdims=True)
            column = reduction.reduce_sum(columns * places, [1], keepdims=True)
            both = array.concat([row, column], 1)
            points = array.reshape(both, [-1, channels * 2])
            points.set_shape([None, channels * 2])
            return points


@add_arg_scope
def unit_norm(inputs: Any, dim: int, epsilon: float = 1e-7, scope: Any = None) -> Tensor:
    """Gives the norm 1 along an axis.

    Args:
      inputs: a tensor of floats, of known rank.
      dim: the axis.
      epsilon: is added to the sum of squares.
      scope: a name for the variable scope; 'UnitNorm' when None.

    Raises:
      ValueError: the rank is not known, or has no such axis.

    Source: TensorFlow 1.15 `tf.contrib.layers.unit_norm`.
    """
    with variable_scope(scope, "UnitNorm", [inputs]):
        rank = inputs.get_shape().ndims
        if not rank:
            raise ValueError("The input rank must be known.")
        if dim < 0 or dim >= rank:
            raise ValueError("dim must be positive but smaller than the input rank.")
        squares = reduction.reduce_sum(math.square(inputs), dim, keepdims=True)
        lengths = math.sqrt(epsilon + squares)
        multiples = [array.ones([dim], int32)] if dim > 0 else []
        multiples.append(indexing.strided_slice(array.shape(inputs), [dim], [dim + 1]))
        if dim < rank - 1:
            multiples.append(array.ones([rank - 1 - dim], int32))
        result: Tensor = math.div(inputs, tile(lengths, array.concat(multiples, 0)))
        return result


def dense_to_sparse(
    tensor: Any, eos_token: Any = 0, outputs_collections: Any = None, scope: Any = None
) -> SparseTensor:
    """The elements of a tensor that are not `eos_token`, as a SparseTensor.

    Args:
      tensor: a tensor.
      eos_token: the value that is left out.
      outputs_collections: collections of the result.
      scope: a name for the variable scope; 'dense_to_sparse' when None.

    Source: TensorFlow 1.15 `tf.contrib.layers.dense_to_sparse`.
    """
    with variable_scope(scope, "dense_to_sparse", [tensor]) as own:
        outputs = sparse_of(tensor, eos_token)
        names.collect_named_outputs(outputs_collections, own.name, outputs)
        return outputs


def sparse_of(dense_tensor: Any, ignore_value: Any = 0) -> SparseTensor:
    """The elements of a tensor that are not `ignore_value`."""
    with name_scope("DenseToSparseTensor"):
        dense = convert_to_tensor(dense_tensor)
        ignored = math.cast(ignore_value, dense.dtype, name="ignore_value")
        indices = indexing.where(math.not_equal(dense, ignored), name="indices")
        return SparseTensor(
            indices,
            indexing.gather_nd(dense, indices, name="values"),
            array.shape(dense, out_type=int64, name="dense_shape"),
        )


# ---- Layers of layers ----


def _scope_of(layer: Any, default: str) -> str:
    """The name of a function, for the scopes of its calls."""
    function = layer if hasattr(layer, "__name__") else getattr(layer, "func", None)
    return getattr(function, "__name__", default)


@add_arg_scope
def repeat(
    inputs: Any, repetitions: int, layer: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    """Applies a layer several times, each time with variables of its own.

    Args:
      inputs: a tensor.
      repetitions: how often.
      layer: a function of a tensor that takes a `scope`.
      *args: its further arguments.
      **kwargs: likewise; `scope` is the variable scope of all, 'Repeat' when there is none.

    Source: TensorFlow 1.15 `tf.contrib.layers.repeat`.
    """
    scope = kwargs.pop("scope", None)
    with variable_scope(scope, "Repeat", [inputs]):
        inputs = convert_to_tensor(inputs)
        name = _scope_of(layer, "repeat") if scope is None else scope
        for number in range(1, repetitions + 1):
            inputs = layer(inputs, *args, **{**kwargs, "scope": f"{name}_{number}"})
        return inputs


@add_arg_scope
def stack(inputs: Any, layer: Callable[..., Any], stack_args: Any, **kwargs: Any) -> Any:
    """Applies a layer several times with different arguments.

    Args:
      inputs: a tensor.
      layer: a function of a tensor that takes a `scope`.
      stack_args: for each time its further argument, or a list of them.
      **kwargs: arguments of all times; `scope` is the variable scope of all, 'Stack' when there is
        none.

    Raises:
      ValueError: `stack_args` is no list.

    Source: TensorFlow 1.15 `tf.contrib.layers.stack`.
    """
    scope = kwargs.pop("scope", None)
    if not isinstance(stack_args, (list, tuple)):
        raise ValueError("stack_args need to be a list or tuple")
    with variable_scope(scope, "Stack", [inputs]):
        inputs = convert_to_tensor(inputs)
        name = _scope_of(layer, "stack") if scope is None else scope
        for number, given in enumerate(stack_args, 1):
            own = given if isinstance(given, (list, tuple)) else [given]
            inputs = layer(inputs, *own, **{**kwargs, "scope": f"{name}_{number}"})
        return inputs
