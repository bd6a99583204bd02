"""Normalizations of `tf.contrib.layers`: over batches, layers, instances and groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfsession import dtypes
from tfsession.contrib.framework.scopes import add_arg_scope
from tfsession.contrib.framework.variables import model_variable
from tfsession.contrib.layers import outputs as names
from tfsession.contrib.layers.dense import check_format
from tfsession.graph import scopes
from tfsession.graph.build import constant, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import GraphKeys
from tfsession.layers.normalization import BatchNormalization
from tfsession.ops import array, math, normalization
from tfsession.ops.initializers import ones_initializer, zeros_initializer
from tfsession.train.moving_averages import assign_moving_average
from tfsession.variables.scope import get_variable_scope, variable_scope

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm"]

# ---- Over batches ----

_INITIALIZERS: dict[str, Any] = {
    "beta": zeros_initializer(),
    "gamma": ones_initializer(),
    "moving_mean": zeros_initializer(),
    "moving_variance": ones_initializer(),
}


@add_arg_scope
def batch_norm(
    inputs: Any,
    decay: float = 0.999,
    center: bool = True,
    scale: bool = False,
    epsilon: float = 0.001,
    activation_fn: Any = None,
    param_initializers: Any = None,
    param_regularizers: Any = None,
    updates_collections: Any = GraphKeys.UPDATE_OPS,
    is_training: Any = True,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    batch_weights: Any = None,
    fused: bool | None = None,
    data_format: str = "NHWC",
    zero_debias_moving_mean: bool = False,
    scope: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_decay: float = 0.99,
    adjustment: Any = None,
) -> Any:
    """Gives each channel the mean `beta` and the standard deviation `gamma`.

    In training the statistics are those of the batch, and the averages move towards them; otherwise
    the averages are used.

    Args:
      inputs: [batch, ..., channels], or [batch, channels, ...] for "NCHW".
      decay: how much of an average is kept in an update.
      center: whether there is a `beta`.
      scale: whether there is a `gamma`.
      epsilon: is added to the variance.
      activation_fn: a function of tensors; None for the identity.
      param_initializers: by "beta", "gamma", "moving_mean", "moving_variance".
      param_regularizers: by "beta", "gamma".
      updates_collections: the collection of the updates, which a program runs beside each training
        step; None runs them in line.
      is_training: a bool or a scalar bool tensor.
      reuse: whether the variables of `scope` exist already.
      variables_collections: collections of all variables, or by their names.
      outputs_collections: collections of the result.
      trainable: whether `beta` and `gamma` are trained.
      batch_weights: [batch], the weights of examples in the statistics.
      fused: True and None use one op for all where that is possible; False uses several.
      data_format: "NHWC" or "NCHW".
      zero_debias_moving_mean: whether the start at zero is taken for no value at all.
      scope: a name for the variable scope; 'BatchNorm' when None.
      renorm: whether batches are corrected towards the averages, as in batch renormalization.
      renorm_clipping: "rmax", "rmin", "dmax": limits of that correction.
      renorm_decay: how much of its averages is kept in an update.
      adjustment: maps the shape of the inputs to a scale and an offset, applied in training only.

    Returns:
      A tensor like `inputs`.

    Raises:
      ValueError: arguments exclude each other, or the rank or the channels are not known.

    Source: Ioffe and Szegedy, arXiv 1502.03167; TensorFlow 1.15 `tf.contrib.layers.batch_norm`.
    """
    check_format(data_format)
    inputs = convert_to_tensor(inputs)
    parameters = _Parameters(
        inputs,
        data_format,
        param_initializers,
        param_regularizers,
        variables_collections,
        trainable,
    )
    rank = inputs.shape.ndims
    # The layer knows neither weights nor updates elsewhere than in UPDATE_OPS.
    is_plain = (
        batch_weights is None
        and updates_collections is GraphKeys.UPDATE_OPS
        and not zero_debias_moving_mean
    )
    can_be_fused = (
        fused is not False
        and batch_weights is None
        and not renorm
        and rank in (2, 4)
        and adjustment is None
    )
    uses_layer = is_plain and not (can_be_fused and rank == 2)
    # All that is made in the scope is of the model, but for what the fused op averages in.
    getter = None if can_be_fused and not uses_layer else names.renaming_getter({})
    with variable_scope(scope, "BatchNorm", [inputs], reuse=reuse, custom_getter=getter) as own:
        if uses_layer:
            layer = BatchNormalization(
                axis=1 if data_format == "NCHW" else -1,
                momentum=decay,
                epsilon=epsilon,
                center=center,
                scale=scale,
                beta_initializer=parameters.initializer("beta"),
                gamma_initializer=parameters.initializer("gamma"),
                moving_mean_initializer=parameters.initializer("moving_mean"),
                moving_variance_initializer=parameters.initializer("moving_variance"),
                beta_regularizer=parameters.regularizer("beta"),
                gamma_regularizer=parameters.regularizer("gamma"),
                trainable=trainable,
                renorm=renorm,
                renorm_clipping=renorm_clipping,
                renorm_momentum=renorm_decay,
                adjustment=adjustment,
                name=own.name,
                _scope=own,
                _reuse=reuse,
                fused=fused,
            )
            outputs = layer(inputs, training=is_training)
            for name in ("moving_mean", "moving_variance", "beta", "gamma"):
                if getattr(layer, name) is not None:
                    names.add_to_collections(getattr(layer, name), variables_collections, name)
        else:
            if renorm:
                raise ValueError(
                    "renorm is not supported with batch_weights, updates_collections or "
                    "zero_debias_moving_mean"
                )
            averages = _Averages(decay, updates_collections, is_training, zero_debias_moving_mean)
            if can_be_fused:
                outputs = _fused(parameters, averages, center, scale, epsilon)
            else:
                outputs = _by_moments(parameters, averages, center, scale, epsilon, batch_weights)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return names.collect_named_outputs(outputs_collections, own.name, outputs)


class _Parameters:
    """The variables of a normalization of batches, with what was asked of them."""

    def __init__(
        self,
        inputs: Tensor,
        data_format: str,
        initializers: Any,
        regularizers: Any,
        variables_collections: Any,
        trainable: bool,
    ) -> None:
        self.inputs = inputs
        self.data_format = data_format
        self.trainable = trainable
        self._initializers = initializers or {}
        self._regularizers = regularizers or {}
        self._collections = variables_collections

    def initializer(self, name: str) -> Any:
        """The initializer of a variable."""
        return self._initializers.get(name, _INITIALIZERS[name])

    def regularizer(self, name: str) -> Any:
        """The regularizer of a variable."""
        return self._regularizers.get(name)

    def variable(self, name: str, shape: list[Any]) -> Any:
        """Makes one that may be trained."""
        return model_variable(
            name,
            shape=shape,
            dtype=self.dtype,
            initializer=self.initializer(name),
            regularizer=self.regularizer(name),
            collections=names.get_variable_collections(self._collections, name),
            trainable=self.trainable,
        )

    def average(self, name: str, shape: list[Any]) -> Any:
        """Makes one that is not trained."""
        return model_variable(
            name,
            shape=shape,
            dtype=self.dtype,
            initializer=self.initializer(name),
            trainable=False,
            collections=names.get_variable_collections(self._collections, name),
        )

    @property
    def dtype(self) -> Any:
        """Half floats have statistics of whole ones."""
        dtype = self.inputs.dtype.base_dtype
        return dtypes.float32 if dtype is dtypes.float16 else dtype


class _Averages:
    """How averages of batches move."""

    def __init__(self, decay: float, collections: Any, is_training: Any, zero_debias: bool) -> None:
        self._decay = decay
        self._zero_debias = zero_debias
        self.collections = collections
        self.is_training = is_training
        self.known = names.constant_value(is_training)

    def moved(self, mean: Any, new_mean: Any, variance: Any, new_variance: Any) -> list[Any]:
        """The two updates."""
        return [
            assign_moving_average(mean, new_mean, self._decay, zero_debias=self._zero_debias),
            assign_moving_average(variance, new_variance, self._decay, zero_debias=False),
        ]

    def forced(self, update: Callable[[], list[Any]], values: Sequence[Any]) -> Callable[[], Any]:
        """A function that runs the updates before it hands on values."""

        def run() -> Any:
            with scopes.control_dependencies(update()):
                kept = [array.identity(value) for value in values]
                return kept[0] if len(kept) == 1 else kept

        return run

    def collect(self, update: Callable[[], list[Any]], mean: Any, variance: Any) -> None:
        """Adds the updates to their collection."""
        updates = names.smart_cond(self.is_training, update, lambda: [mean, variance])
        for one in updates:
            scopes.add_to_collections(self.collections, one)


def _fused(
    parameters: _Parameters, averages: _Averages, center: bool, scale: bool, epsilon: float
) -> Any:
    """Normalizes by one op; rows are images of one point."""
    inputs = original = parameters.inputs
    rank = inputs.shape.ndims
    channels = names.channel_dimension(inputs.shape, parameters.data_format)
    layout = parameters.data_format
    if rank == 2:
        layout = "NHWC"
        inputs = array.reshape(inputs, [-1, 1, 1, channels])
    shape = [channels]
    dtype = parameters.dtype
    beta = parameters.variable("beta", shape) if center else constant(0.0, dtype, shape=shape)
    gamma = parameters.variable("gamma", shape) if scale else constant(1.0, dtype, shape=shape)
    moving_mean = parameters.average("moving_mean", shape)
    moving_variance = parameters.average("moving_variance", shape)

    def in_training() -> Any:
        return normalization.fused_batch_norm(
            inputs, gamma, beta, epsilon=epsilon, data_format=layout
        )

    def in_inference() -> Any:
        return normalization.fused_batch_norm(
            inputs,
            gamma,
            beta,
            mean=moving_mean,
            variance=moving_variance,
            epsilon=epsilon,
            is_training=False,
            data_format=layout,
        )

    outputs, mean, variance = names.smart_cond(averages.is_training, in_training, in_inference)

    def update() -> list[Any]:
        return averages.moved(moving_mean, mean, moving_variance, variance)

    if averages.known is None or averages.known:
        if averages.collections is None:
            forced = averages.forced(update, [outputs])
            outputs = names.smart_cond(averages.is_training, forced, lambda o=outputs: o)  # type: ignore[misc]
        else:
            averages.collect(update, moving_mean, moving_variance)
    outputs.set_shape(inputs.shape)
    if rank == 2:
        outputs = array.reshape(outputs, array.shape(original))
        outputs.set_shape(original.shape)
    return outputs


def _by_moments(
    parameters: _Parameters,
    averages: _Averages,
    center: bool,
    scale: bool,
    epsilon: float,
    batch_weights: Any,
) -> Any:
    """Normalizes by several ops."""
    inputs = parameters.inputs
    rank = inputs.shape.ndims
    if rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    weights = _broadcast_weights(batch_weights, inputs, rank)
    axis = 1 if parameters.data_format == "NCHW" else rank - 1
    params_shape = inputs.shape[axis : axis + 1]
    if not params_shape.is_fully_defined():
        raise ValueError(f"Inputs {inputs.name} has undefined channels dimension {params_shape}.")
    shape: list[Any] = params_shape.as_list()
    axes = [other for other in range(rank) if other != axis]
    beta = parameters.variable("beta", shape) if center else None
    gamma = parameters.variable("gamma", shape) if scale else None
    # TensorFlow enters the scope once more, which takes the name `batchnorm` for operations.
    with variable_scope(get_variable_scope()):
        moving_mean = parameters.average("moving_mean", shape)
        moving_variance = parameters.average("moving_variance", shape)
    mean, variance = moving_mean, moving_variance
    if averages.known is None or averages.known:
        new_mean, new_variance = (
            normalization.moments(inputs, axes)
            if weights is None
            else normalization.weighted_moments(inputs, axes, weights)
        )

        def update() -> list[Any]:
            return averages.moved(moving_mean, new_mean, moving_variance, new_variance)

        if averages.collections is None:
            computed = averages.forced(update, [new_mean, new_variance])
        else:
            averages.collect(update, moving_mean, moving_variance)
            computed = lambda: [new_mean, new_variance]  # noqa: E731
        mean, variance = names.smart_cond(
            averages.is_training, computed, lambda: [moving_mean, moving_variance]
        )
    if parameters.data_format == "NCHW":
        own: list[Any] = [1] * rank
        own[axis] = shape[0]
        mean, variance = array.reshape(mean, own), array.reshape(variance, own)
        beta = None if beta is None else array.reshape(beta, own)
        gamma = None if gamma is None else array.reshape(gamma, own)
    outputs = normalization.batch_normalization(inputs, mean, variance, beta, gamma, epsilon)
    outputs.set_shape(inputs.shape)
    return outputs


def _broadcast_weights(batch_weights: Any, inputs: Tensor, rank: int) -> Any:
    if batch_weights is None:
        return None
    weights = convert_to_tensor(batch_weights)
    inputs.shape[0:1].assert_is_compatible_with(weights.shape)
    return array.reshape(weights, [-1, *[1] * (rank - 1)])


# ---- Over layers, instances and groups ----


def _beta_and_gamma(
    inputs: Tensor,
    shape: list[int],
    center: bool,
    scale: bool,
    initializers: Any,
    variables_collections: Any,
    trainable: bool,
    broadcast: list[int] | None = None,
) -> tuple[Any, Any]:
    """The offset and the scale of a normalization, of the shape `broadcast`; None if not wanted."""
    made = []
    for name, is_wanted in (("beta", center), ("gamma", scale)):
        variable = None
        if is_wanted:
            variable = model_variable(
                name,
                shape=shape,
                dtype=inputs.dtype.base_dtype,
                initializer=(initializers or {}).get(name, _INITIALIZERS[name]),
                collections=names.get_variable_collections(variables_collections, name),
                trainable=trainable,
            )
            if broadcast is not None:
                variable = array.reshape(variable, broadcast)
        made.append(variable)
    return made[0], made[1]


@add_arg_scope
def layer_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    activation_fn: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    begin_norm_axis: int = 1,
    begin_params_axis: int = -1,
    scope: Any = None,
) -> Any:
    """Gives each example mean 0 and variance 1, over all axes from one on; then scales and moves.

    Args:
      inputs: a tensor of floats, of known rank.
      center: whether there is a `beta`.
      scale: whether there is a `gamma`.
      activation_fn: a function of tensors; None for the identity.
      reuse: whether the variables of `scope` exist already.
      variables_collections: collections of all variables, or by their names.
      outputs_collections: collections of the result.
      trainable: whether the variables are trained.
      begin_norm_axis: the first axis of the statistics.
      begin_params_axis: the first axis of `beta` and `gamma`, which have the sizes from there on.
      scope: a name for the variable scope; 'LayerNorm' when None.

    Returns:
      A tensor like `inputs`.

    Raises:
      ValueError: the rank is not known or has no such axes, or the shape of the variables is not
        known.

    Source: Ba et al., arXiv 1607.06450; TensorFlow 1.15 `tf.contrib.layers.layer_norm`.
    """
    with variable_scope(scope, "LayerNorm", [inputs], reuse=reuse) as own:
        inputs = convert_to_tensor(inputs)
        rank = inputs.shape.ndims
        if rank is None:
            raise ValueError(f"Inputs {inputs.name} has undefined rank.")
        if begin_norm_axis < 0:
            begin_norm_axis += rank
        if begin_params_axis >= rank or begin_norm_axis >= rank:
            raise ValueError(
                f"begin_params_axis ({begin_params_axis}) and begin_norm_axis ({begin_norm_axis}) "
                f"must be < rank(inputs) ({rank})"
            )
        shape = inputs.shape[begin_params_axis:]
        if not shape.is_fully_defined():
            raise ValueError(
                f"Inputs {inputs.name}: shape(inputs)[{begin_params_axis}:] is not fully defined: "
                f"{inputs.shape}"
            )
        beta, gamma = _beta_and_gamma(
            inputs, shape.as_list(), center, scale, None, variables_collections, trainable
        )
        axes = list(range(begin_norm_axis, rank))
        mean, variance = normalization.moments(inputs, axes, keep_dims=True)
        epsilon = 1e-3 if inputs.dtype.base_dtype is dtypes.float16 else 1e-12
        outputs = normalization.batch_normalization(inputs, mean, variance, beta, gamma, epsilon)
        outputs.set_shape(inputs.shape)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return names.collect_named_outputs(outputs_collections, own.name, outputs)


@add_arg_scope
def instance_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Any = None,
    param_initializers: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Any:
    """Gives each channel of each example mean 0 and variance 1; then scales and moves channels.

    Args:
      inputs: [batch, ..., channels], or [batch, channels, ...] for "NCHW".
      center: whether there is a `beta`.
      scale: whether there is a `gamma`.
      epsilon: is added to the variance.
      activation_fn: a function of tensors; None for the identity.
      param_initializers: by "beta", "gamma".
      reuse: whether the variables of `scope` exist already.
      variables_collections: collections of all variables, or by their names.
      outputs_collections: collections of the result.
      trainable: whether the variables are trained.
      data_format: "NHWC" or "NCHW".
      scope: a name for the variable scope; 'InstanceNorm' when None.

    Returns:
      A tensor like `inputs`.

    Raises:
      ValueError: the rank or the channels are not known, or there is no such `data_format`.

    Source: Ulyanov et al., arXiv 1607.08022; TensorFlow 1.15 `tf.contrib.layers.instance_norm`.
    """
    inputs = convert_to_tensor(inputs)
    rank = inputs.shape.ndims
    if rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    check_format(data_format)
    with variable_scope(scope, "InstanceNorm", [inputs], reuse=reuse) as own:
        axis = 1 if data_format == "NCHW" else rank - 1
        params_shape = inputs.shape[axis : axis + 1]
        if not params_shape.is_fully_defined():
            raise ValueError(
                f"Inputs {inputs.name} has undefined channels dimension {params_shape}."
            )
        beta, gamma = _beta_and_gamma(
            inputs,
            params_shape.as_list(),
            center,
            scale,
            param_initializers,
            variables_collections,
            trainable,
            [1, *params_shape.as_list(), *[1] * (rank - 2)] if data_format == "NCHW" else None,
        )
        axes = [other for other in range(1, rank) if other != axis]
        mean, variance = normalization.moments(inputs, axes, keep_dims=True)
        outputs = normalization.batch_normalization(
            inputs, mean, variance, beta, gamma, epsilon, name="instancenorm"
        )
        outputs.set_shape(inputs.shape)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return names.collect_named_outputs(outputs_collections, own.name, outputs)


@add_arg_scope
def group_norm(
    inputs: Any,
    groups: int = 32,
    channels_axis: int = -1,
    reduction_axes: Sequence[int] = (-3, -2),
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Any = None,
    param_initializers: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
    mean_close_to_zero: bool = False,
) -> Any:
    """Gives each group of channels of each example mean 0 and variance 1; then scales and moves.

    Args:
      inputs: a tensor of floats, of known rank.
      groups: the number of groups, which divides that of the channels.
      channels_axis: the axis of the channels.
      reduction_axes: the axes of the statistics, besides that of the channels.
      center: whether there is a `beta`.
      scale: whether there is a `gamma`.
      epsilon: is added to the variance.
      activation_fn: a function of tensors; None for the identity.
      param_initializers: by "beta", "gamma".
      reuse: whether the variables of `scope` exist already.
      variables_collections: collections of all variables, or by their names.
      outputs_collections: collections of the result.
      trainable: whether the variables are trained.
      scope: a name for the variable scope; 'GroupNorm' when None.
      mean_close_to_zero: whether the variance may be computed in one pass, from sums of squares.

    Returns:
      A tensor like `inputs`.

    Raises:
      ValueError: the rank or the channels are not known, an axis does not exist or is that of the
        channels, or there are no such groups.

    Source: Wu and He, arXiv 1803.08494; TensorFlow 1.15 `tf.contrib.layers.group_norm`.
    """
    inputs = convert_to_tensor(inputs)
    rank = inputs.shape.ndims
    if rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    axis, reduced = _group_axes(channels_axis, reduction_axes, rank)
    dims = inputs.shape.as_list()
    channels = dims[axis]
    if channels is None:
        raise ValueError(f"Inputs {inputs.name} has undefined channel dimension: {axis}.")
    if groups > channels:
        raise ValueError(f"Invalid groups {groups} for {channels} channels.")
    if channels % groups:
        raise ValueError(f"{channels} channels is not commensurate with {groups} groups.")
    sizes = [array.shape(inputs)[i] if n is None else n for i, n in enumerate(dims)]
    own_group = [groups, channels // groups]
    grouped = array.reshape(inputs, [*sizes[:axis], *own_group, *sizes[axis + 1 :]])
    broadcast = [*[1] * axis, *own_group, *[1] * (rank - axis - 1)]
    # The axis behind that of the groups is the one within a group.
    axes = [a + 1 if a > axis else a for a in reduced] + [axis + 1]
    with variable_scope(scope, "GroupNorm", [inputs], reuse=reuse) as own:
        beta, gamma = _beta_and_gamma(
            inputs,
            [channels],
            center,
            scale,
            param_initializers,
            variables_collections,
            trainable,
            broadcast,
        )
        mean, variance = _group_moments(grouped, axes, mean_close_to_zero)
        gain = math.rsqrt(variance + epsilon)
        offset = -mean * gain
        if gamma is not None:
            gain, offset = gain * gamma, offset * gamma
        if beta is not None:
            offset = offset + beta
        outputs = array.reshape(grouped * gain + offset, sizes)
        outputs.set_shape(inputs.shape)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return names.collect_named_outputs(outputs_collections, own.name, outputs)


def _group_axes(
    channels_axis: int, reduction_axes: Sequence[int], rank: int
) -> tuple[int, list[int]]:
    """The axis of the channels, and those of the statistics, counted from the front."""
    axis = channels_axis + rank if channels_axis < 0 else channels_axis
    reduced = [a + rank if a < 0 else a for a in reduction_axes]
    if any(not 0 <= a < rank for a in (axis, *reduced)):
        raise ValueError("Axis is out of bounds.")
    if axis in reduced:
        raise ValueError("reduction_axis must be mutually exclusive with channels_axis")
    return axis, reduced


def _group_moments(x: Tensor, axes: list[int], mean_close_to_zero: bool) -> tuple[Tensor, Tensor]:
    if not mean_close_to_zero:
        return normalization.moments(x, axes, keep_dims=True)
    counts, mean_ss, variance_ss, _ = normalization.sufficient_statistics(x, axes, keep_dims=True)
    return normalization.normalize_moments(counts, mean_ss, variance_ss, None)
