"""What batch normalization of `tf.layers` and of Keras have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from tfsession.dtypes import as_dtype, bfloat16, float16, float32
from tfsession.graph import scopes
from tfsession.graph.build import build, constant, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.layers import identifiers
from tfsession.layers.abstract import Layer
from tfsession.layers.input_spec import InputSpec
from tfsession.layers.phase import learning_phase
from tfsession.ops import activation, array, initializers, math, normalization, reduction, state
from tfsession.ops.control_flow import smart_cond, smart_constant_value
from tfsession.shapes import TensorShape
from tfsession.variables.variable import VariableAggregation, VariableSynchronization


class BatchNormalizationBody(Layer):
    """Gives each channel the mean `beta` and the standard deviation `gamma`.

    In training the statistics are those of the batch, and two updates move the averages towards
    them, which are used otherwise. The updates are in UPDATE_OPS: a program runs them beside each
    training step.

    Args:
      axis: the axis of the channels, or several.
      momentum: how much of an average is kept in an update.
      epsilon: is added to the variance.
      center: whether there is a `beta`.
      scale: whether there is a `gamma`.
      beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: of
        the variables of these names, [channels].
      beta_regularizer, gamma_regularizer: map the variable to a loss.
      beta_constraint, gamma_constraint: map the value after an update to the one that is kept.
      renorm: whether batches are corrected towards the averages, as in batch renormalization.
      renorm_clipping: "rmax", "rmin", "dmax": limits of that correction.
      renorm_momentum: how much of its averages is kept in an update.
      fused: True and None use one op for all where that is possible; False uses several.
      trainable: whether `beta` and `gamma` are trained.
      virtual_batch_size: the size of the parts of a batch that are normalized by themselves.
      adjustment: maps the shape of the inputs to a scale and an offset, which are applied in
        training only.
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Raises:
      ValueError: arguments exclude each other.

    Source: Ioffe and Szegedy, arXiv 1502.03167; Ioffe, arXiv 1702.03275 (renormalization);
      TensorFlow 1.15 `tf.layers.BatchNormalization`.
    """

    supports_masking = True
    _CONFIG: ClassVar = (
        "axis",
        "momentum",
        "epsilon",
        "center",
        "scale",
        "beta_initializer",
        "gamma_initializer",
        "moving_mean_initializer",
        "moving_variance_initializer",
        "beta_regularizer",
        "gamma_regularizer",
        "beta_constraint",
        "gamma_constraint",
    )

    def __init__(
        self,
        axis: Any = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = initializers.zeros_initializer(),
        gamma_initializer: Any = initializers.ones_initializer(),
        moving_mean_initializer: Any = initializers.zeros_initializer(),
        moving_variance_initializer: Any = initializers.ones_initializer(),
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        fused: bool | None = None,
        trainable: bool = True,
        virtual_batch_size: int | None = None,
        adjustment: Callable[[Any], tuple[Any, Any]] | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, name=name, **kwargs)
        if not isinstance(axis, (int, list, tuple)):
            raise TypeError(f"axis must be int or list, type given: {type(axis)}")
        self.axis: Any = list(axis) if isinstance(axis, tuple) else axis
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = identifiers.initializer(beta_initializer)
        self.gamma_initializer = identifiers.initializer(gamma_initializer)
        self.moving_mean_initializer = identifiers.initializer(moving_mean_initializer)
        self.moving_variance_initializer = identifiers.initializer(moving_variance_initializer)
        self.beta_regularizer = identifiers.regularizer(beta_regularizer)
        self.gamma_regularizer = identifiers.regularizer(gamma_regularizer)
        self.beta_constraint = identifiers.constraint(beta_constraint)
        self.gamma_constraint = identifiers.constraint(gamma_constraint)
        self.renorm = renorm
        self.renorm_clipping: dict[str, Any] = renorm_clipping or {}
        self.renorm_momentum = renorm_momentum
        self.virtual_batch_size = virtual_batch_size
        self.adjustment = adjustment
        self.fused = True if fused is None else fused
        for name_of_limit in self.renorm_clipping if renorm else ():
            if name_of_limit not in ("rmax", "rmin", "dmax"):
                raise ValueError(
                    f"renorm_clipping {renorm_clipping} contains keys not in "
                    "['rmax', 'rmin', 'dmax']"
                )
        self.gamma: Any = None
        self.beta: Any = None
        self.moving_mean: Any = None
        self.moving_variance: Any = None
        # Stand for the two that were not asked for, in the fused op, which wants both.
        self._ones: Any = None
        self._zeros: Any = None

    # ---- Building ----

    def build(self, input_shape: Any) -> None:
        """Makes `gamma`, `beta`, `moving_mean` and `moving_variance`, and those of renormalization.

        Raises:
          ValueError: the rank or the number of channels is not known, or an axis does not exist.
        """
        shape = TensorShape(input_shape)
        if shape.ndims is None:
            raise ValueError("Input has undefined rank:", shape)
        dims = shape.as_list()
        axes = self._checked_axes(len(dims))
        if self.virtual_batch_size is not None:
            self._check_virtual(axes)
        self.fused = self._can_be_fused(len(dims), axes)
        sizes = {axis: dims[axis] for axis in axes}
        if None in sizes.values():
            raise ValueError("Input has undefined `axis` dimension. Input shape: ", shape)
        self.input_spec = InputSpec(ndim=len(dims), axes=sizes)
        param_shape = self._parameter_shape(len(dims), sizes)
        self._add_parameters(param_shape)
        self._add_averages(param_shape)
        self.built = True

    def _checked_axes(self, rank: int) -> list[int]:
        given = self.axis if isinstance(self.axis, list) else [self.axis]
        axes = [axis + rank if axis < 0 else axis for axis in given]
        for axis in axes:
            if not 0 <= axis < rank:
                raise ValueError(f"Invalid axis: {axis}")
        if len(axes) != len(set(axes)):
            raise ValueError(f"Duplicate axis: {axes}")
        self.axis = axes
        return axes

    def _check_virtual(self, axes: list[int]) -> None:
        assert self.virtual_batch_size is not None
        if self.virtual_batch_size <= 0:
            raise ValueError(
                "virtual_batch_size must be a positive integer that divides the true batch size of "
                "the input Tensor"
            )
        if 0 in axes:
            raise ValueError(
                "When using virtual_batch_size, the batch dimension must be 0 and thus axis cannot "
                "include 0"
            )
        if self.adjustment is not None:
            raise ValueError("When using virtual_batch_size, adjustment cannot be specified")

    def _can_be_fused(self, rank: int, axes: list[int]) -> bool:
        return bool(
            self.fused
            and not self.renorm
            and rank == 4
            and axes in ([1], [3])
            and self.virtual_batch_size is None
            and self.adjustment is None
        )

    def _parameter_shape(self, rank: int, sizes: dict[int, Any]) -> list[int]:
        """[channels]; with several axes, or virtual batches, a shape that broadcasts."""
        if len(sizes) == 1 and self.virtual_batch_size is None:
            return list(sizes.values())
        dims = [sizes.get(axis, 1) for axis in range(rank)]
        if self.virtual_batch_size is not None:
            # An axis is put in for the parts, behind that of the batch.
            dims.insert(1, 1)
            self.axis = [axis + 1 for axis in self.axis]
        return dims

    @property
    def _parameter_dtype(self) -> Any:
        dtype = as_dtype(self.dtype or float32)
        return float32 if dtype in (float16, bfloat16) else dtype

    def _add_parameters(self, shape: list[int]) -> None:
        if self.scale:
            self.gamma = self.add_weight(
                "gamma",
                shape=shape,
                dtype=self._parameter_dtype,
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                trainable=True,
            )
        elif self.fused:
            self._ones = constant(1.0, self._parameter_dtype, shape=shape)
        if self.center:
            self.beta = self.add_weight(
                "beta",
                shape=shape,
                dtype=self._parameter_dtype,
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                trainable=True,
            )
        elif self.fused:
            self._zeros = constant(0.0, self._parameter_dtype, shape=shape)

    def _add_averages(self, shape: list[int]) -> None:
        self.moving_mean = self._add_average("moving_mean", shape, self.moving_mean_initializer)
        self.moving_variance = self._add_average(
            "moving_variance", shape, self.moving_variance_initializer
        )
        if self.renorm:
            # The deviation that goes with an initial variance: the root of the value of ones.
            deviation = self.moving_variance_initializer
            self.moving_stddev = self._add_average("moving_stddev", shape, _root_of(deviation))
            self.renorm_mean = self._add_average(
                "renorm_mean", shape, initializers.zeros_initializer()
            )
            self.renorm_stddev = self._add_average("renorm_stddev", shape, _root_of(deviation))

    def _add_average(self, name: str, shape: list[int], initializer: Any) -> Any:
        return self.add_weight(
            name,
            shape=shape,
            dtype=self._parameter_dtype,
            initializer=initializer,
            synchronization=VariableSynchronization.ON_READ,
            trainable=False,
            aggregation=VariableAggregation.MEAN,
        )

    # ---- Calls ----

    def call(self, inputs: Any, training: Any = False) -> Any:
        """Normalizes.

        Args:
          inputs: a tensor of floats.
          training: a bool or a scalar bool tensor: whether the statistics are those of the batch.
        """
        training = learning_phase() if training is None else training
        if self.virtual_batch_size is not None:
            return self._virtual(inputs, training)
        if self.fused:
            return self._fused(inputs, training)
        return self._normalized(inputs, training)

    def _virtual(self, inputs: Any, training: Any) -> Any:
        """Normalizes the parts of a batch by themselves: they get an axis of their own."""
        original = [-1, *inputs.shape.as_list()[1:]]
        parts = array.reshape(inputs, [self.virtual_batch_size, -1, *original[1:]])
        return array.reshape(self._normalized(parts, training), original)

    def _fused(self, inputs: Any, training: Any) -> Any:
        """Normalizes by one op."""
        beta = self.beta if self.center else self._zeros
        gamma = self.gamma if self.scale else self._ones
        layout = "NCHW" if self.axis == [1] else "NHWC"

        def in_training() -> Any:
            return normalization.fused_batch_norm(
                inputs, gamma, beta, epsilon=self.epsilon, data_format=layout
            )

        def in_inference() -> Any:
            return normalization.fused_batch_norm(
                inputs,
                gamma,
                beta,
                mean=self.moving_mean,
                variance=self.moving_variance,
                epsilon=self.epsilon,
                is_training=False,
                data_format=layout,
            )

        output, mean, variance = smart_cond(training, in_training, in_inference)
        known = smart_constant_value(training)
        if known is None:
            momentum: Any = smart_cond(training, lambda: self.momentum, lambda: 1.0)
        else:
            momentum = convert_to_tensor(self.momentum if known else 1.0)
        if known or known is None:
            self.add_update(self._moved(self.moving_mean, mean, momentum))
            self.add_update(self._moved(self.moving_variance, variance, momentum))
        return output

    def _moved(self, variable: Any, value: Any, momentum: Any) -> Any:
        """Moves an average towards a value."""
        with (
            name_scope("AssignMovingAvg", values=[variable, value, momentum]) as scope,
            scopes.colocate_with(variable),
        ):
            decay = convert_to_tensor(1.0 - momentum, name="decay")
            if decay.dtype is not variable.dtype.base_dtype:
                decay = math.cast(decay, variable.dtype.base_dtype)
            delta = (variable - math.cast(value, variable.dtype.base_dtype)) * decay
            name = scope if variable.dtype.is_ref_dtype else None
            return state.assign_sub(variable, delta, name=name)

    def _normalized(self, inputs: Any, training: Any) -> Any:
        """Normalizes by several ops."""
        dims = inputs.shape.as_list()
        rank = len(dims)
        reduced = [axis for axis in range(rank) if axis not in self.axis]
        if self.virtual_batch_size is not None:
            # Each part keeps its own statistics.
            reduced.remove(1)
        shape = [1] * rank
        shape[self.axis[0]] = dims[self.axis[0]]

        def broadcast(value: Any) -> Any:
            if value is not None and len(value.shape) != rank and reduced != list(range(rank - 1)):
                return array.reshape(value, shape)
            return value

        scale, offset = broadcast(self.gamma), broadcast(self.beta)
        known = smart_constant_value(training)
        if known is False:
            mean, variance = self.moving_mean, self.moving_variance
        else:
            if self.adjustment is not None:
                scale, offset = self._adjusted(inputs, training, scale, offset)
            mean, variance, scale, offset = self._trained_statistics(
                inputs, training, reduced, scale, offset
            )
        mean = math.cast(mean, inputs.dtype)
        variance = math.cast(variance, inputs.dtype)
        offset = None if offset is None else math.cast(offset, inputs.dtype)
        scale = None if scale is None else math.cast(scale, inputs.dtype)
        outputs = normalization.batch_normalization(
            inputs, broadcast(mean), broadcast(variance), offset, scale, self.epsilon
        )
        outputs.set_shape(inputs.shape)
        return outputs

    def _adjusted(self, inputs: Any, training: Any, scale: Any, offset: Any) -> tuple[Any, Any]:
        """Scale and offset with what `adjustment` makes of them in training."""
        assert self.adjustment is not None
        more_scale, more_offset = self.adjustment(array.shape(inputs))
        more_scale = smart_cond(training, lambda: more_scale, lambda: array.ones_like(more_scale))
        more_offset = smart_cond(
            training, lambda: more_offset, lambda: array.zeros_like(more_offset)
        )
        return _composed(more_scale, more_offset, scale, offset)

    def _trained_statistics(
        self, inputs: Any, training: Any, reduced: list[int], scale: Any, offset: Any
    ) -> tuple[Any, Any, Any, Any]:
        """Mean, variance, scale and offset where it is, or may be, training; adds the updates."""
        # Several axes, and virtual batches, have statistics that broadcast.
        keeps = self.virtual_batch_size is not None or len(self.axis) > 1
        statistics_of = math.cast(inputs, self._parameter_dtype)
        mean, variance = normalization.moments(statistics_of, reduced, keep_dims=keeps)
        mean = smart_cond(training, lambda b=mean: b, lambda: self.moving_mean)  # type: ignore[misc]
        variance = smart_cond(
            training,
            lambda b=variance: b,  # type: ignore[misc]
            lambda: self.moving_variance,
        )
        new_mean, new_variance = mean, variance
        if self.virtual_batch_size is not None:
            # The averages are those of all parts.
            new_mean = reduction.reduce_mean(mean, axis=1, keepdims=True)
            new_variance = reduction.reduce_mean(variance, axis=1, keepdims=True)
        if self.renorm:
            r, d, new_mean, new_variance = self._renormalization(new_mean, new_variance, training)
            # r and d are constants to gradients, and multiply what comes behind the division.
            r = array.stop_gradient(r, name="renorm_r")
            d = array.stop_gradient(d, name="renorm_d")
            scale, offset = _composed(r, d, scale, offset)
        self.add_update(self._updated_in_training(self.moving_mean, new_mean, training))
        self._add_variance_update(new_variance, training)
        return mean, variance, scale, offset

    def _updated_in_training(self, variable: Any, value: Any, training: Any) -> Any:
        return smart_cond(
            training, lambda: self._moved(variable, value, self.momentum), lambda: variable
        )

    def _add_variance_update(self, value: Any, training: Any) -> None:
        def moved() -> Any:
            if not self.renorm:
                return self._moved(self.moving_variance, value, self.momentum)
            # The deviation is averaged, and the variance follows it.
            moved = self._moved(self.moving_stddev, math.sqrt(value + self.epsilon), self.momentum)
            return state.assign(
                self.moving_variance,
                activation.relu(moved * moved - self.epsilon),
                name="AssignNewValue",
            )

        self.add_update(smart_cond(training, moved, lambda: self.moving_variance))

    def _renormalization(self, mean: Any, variance: Any, training: Any) -> tuple[Any, ...]:
        """The correction of batch renormalization, and the averages that it keeps.

        Returns:
          r, d, and the mean and variance that go into the moving averages.
        """
        stddev = math.sqrt(variance + self.epsilon)
        # The average deviation is kept away from zero.
        floor = math.sqrt(convert_to_tensor(self.epsilon, name="Sqrt_1/x"))
        average = math.maximum(self.renorm_stddev, floor)
        r = build("RealDiv", stddev, average, name="truediv")
        d = build("RealDiv", mean - self.renorm_mean, average, name="truediv")
        with scopes.control_dependencies([r, d]):
            mean, stddev = array.identity(mean), array.identity(stddev)
        low, high, most = (self.renorm_clipping.get(n) for n in ("rmin", "rmax", "dmax"))
        if low is not None:
            r = math.maximum(r, low)
        if high is not None:
            r = math.minimum(r, high)
        if most is not None:
            d = math.minimum(math.maximum(d, -most), most)
        r = smart_cond(training, lambda: r, lambda: array.ones_like(r))
        d = smart_cond(training, lambda: d, lambda: array.zeros_like(d))
        moved = [
            self._renorm_average(self.renorm_mean, mean, training),
            self._renorm_average(self.renorm_stddev, stddev, training),
        ]
        with scopes.control_dependencies(moved):
            return r, d, array.identity(mean), array.identity(variance)

    def _renorm_average(self, variable: Any, value: Any, training: Any) -> Any:
        value = array.identity(value)
        return smart_cond(
            training,
            lambda: self._moved(variable, value, self.renorm_momentum),
            lambda: array.identity(variable),
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the input."""
        return input_shape


def _composed(
    more_scale: Tensor, more_offset: Tensor, scale: Any, offset: Any
) -> tuple[Tensor, Tensor]:
    """Scale and offset of one transformation after another one."""
    if scale is not None:
        more_scale, more_offset = more_scale * scale, more_offset * scale
    return more_scale, more_offset if offset is None else more_offset + offset


def _root_of(initializer: Any) -> Any:
    """An initializer for deviations, from that of variances."""
    return lambda *args, **kwargs: math.sqrt(initializer(*args, **kwargs))
