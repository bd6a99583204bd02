"""Layers of general use: dense, dropout, flatten."""

from __future__ import annotations

from typing import Any

from tfsession.layers.base import Layer
from tfsession.layers.core_bodies import DenseBody, DropoutBody, FlattenBody
from tfsession.ops import initializers

__all__ = ["Dense", "Dropout", "Flatten", "dense", "dropout", "flatten"]


def called(layer: type[Layer], given: dict[str, Any]) -> Any:
    """Makes a layer as the functions of `tf.layers` do, and calls it.

    Args:
      layer: the class.
      given: the function's arguments: those of the class, `inputs`, `training` where the layer asks
        for that, and `reuse` where it shares variables.
    """
    inputs = given.pop("inputs")
    call = {"training": given.pop("training")} if "training" in given else {}
    if "reuse" in given:
        given["_reuse"] = given.pop("reuse")
        given["_scope"] = given["name"]
    return layer(**given)(inputs, **call)


# ---- Dense ----


class Dense(DenseBody, Layer):
    """``activation(inputs @ kernel + bias)``.

    Args:
      units: the size of the last axis of the result.
      activation: a function of tensors, or its name; None for the identity.
      use_bias: whether there is a bias.
      kernel_initializer: of `kernel`, [last axis of the inputs, units]; the scope's, or
        glorot_uniform, when None.
      bias_initializer: of `bias`, [units].
      kernel_regularizer, bias_regularizer: map the variable to a loss.
      activity_regularizer: maps the result to a loss.
      kernel_constraint, bias_constraint: map the value after an update to the one that is kept.
      trainable: whether the variables are trained.
      name: the name of the layer.
      **kwargs: `dtype`, and what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.Dense`.
    """


def dense(
    inputs: Any,
    units: int,
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = initializers.zeros_initializer(),
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Makes a `Dense` layer and calls it.

    Args:
      inputs: [..., channels], of rank 2 or more.
      reuse: whether the variables of the scope `name` exist already.
      units, activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer,
        bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, trainable,
        name: as of `Dense`.

    Returns:
      [..., units].

    Source: TensorFlow 1.15 `tf.layers.dense`.
    """
    return called(Dense, locals())


# ---- Dropout ----


class Dropout(DropoutBody, Layer):
    """Sets random elements to 0 in training, and scales the others.

    Args:
      rate: the probability that an element is dropped.
      noise_shape: the shape of the random choices; None in it stands for the inputs' size.
      seed: the op's seed.
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.Dropout`.
    """


def dropout(
    inputs: Any,
    rate: Any = 0.5,
    noise_shape: Any = None,
    seed: int | None = None,
    training: Any = False,
    name: str | None = None,
) -> Any:
    """Makes a `Dropout` layer and calls it.

    Args:
      inputs: a tensor of floats.
      rate: the probability that an element is dropped; that of keeping one in `tf.nn.dropout`.
      noise_shape: the shape of the random choices.
      seed: the op's seed.
      training: a bool or a scalar bool tensor; elements are dropped only where it is true.
      name: the name of the layer.

    Returns:
      A tensor like `inputs`.

    Source: TensorFlow 1.15 `tf.layers.dropout`.
    """
    return called(Dropout, locals())


# ---- Flatten ----


class Flatten(FlattenBody, Layer):
    """Makes one axis of all but the first.

    Args:
      data_format: "channels_last" or "channels_first", whose channels become the innermost ones.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.layers.Flatten`.
    """


def flatten(inputs: Any, name: str | None = None, data_format: str = "channels_last") -> Any:
    """Makes a `Flatten` layer and calls it.

    Args:
      inputs: [batch, ...].
      name: the name of the layer.
      data_format: as of `Flatten`.

    Returns:
      [batch, elements].

    Source: TensorFlow 1.15 `tf.layers.flatten`.
    """
    return called(Flatten, locals())
