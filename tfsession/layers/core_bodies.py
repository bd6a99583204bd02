"""What dense, dropout and flatten layers of `tf.layers` and of Keras have in common."""

from __future__ import annotations

from typing import Any, ClassVar

from tfsession.dtypes import as_dtype, float32
from tfsession.graph.build import build, convert_to_tensor
from tfsession.graph.composites import SparseTensor
from tfsession.graph.operation import Tensor
from tfsession.layers import arguments, identifiers
from tfsession.layers.abstract import Layer
from tfsession.layers.input_spec import InputSpec
from tfsession.layers.phase import learning_phase
from tfsession.ops import array, initializers, nn
from tfsession.ops.contraction import tensordot
from tfsession.ops.control_flow import smart_cond
from tfsession.ops.math import cast
from tfsession.ops.rearrange import transpose
from tfsession.ops.sparse import sparse_tensor_dense_matmul
from tfsession.shapes import TensorShape


class DenseBody(Layer):
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

    _CONFIG: ClassVar = (
        "units",
        "activation",
        "use_bias",
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "bias_regularizer",
        "activity_regularizer",
        "kernel_constraint",
        "bias_constraint",
    )

    def __init__(
        self,
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
        **kwargs: Any,
    ) -> None:
        super().__init__(
            trainable=trainable,
            name=name,
            activity_regularizer=identifiers.regularizer(activity_regularizer),
            **kwargs,
        )
        self.units = int(units)
        self.activation = identifiers.activation(activation)
        self.use_bias = use_bias
        self.kernel_initializer = identifiers.initializer(kernel_initializer)
        self.bias_initializer = identifiers.initializer(bias_initializer)
        self.kernel_regularizer = identifiers.regularizer(kernel_regularizer)
        self.bias_regularizer = identifiers.regularizer(bias_regularizer)
        self.kernel_constraint = identifiers.constraint(kernel_constraint)
        self.bias_constraint = identifiers.constraint(bias_constraint)
        self.input_spec = InputSpec(min_ndim=2)
        self.kernel: Any = None
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes `kernel` and `bias`.

        Raises:
          TypeError: the dtype is not floating.
          ValueError: the last axis is not known.
        """
        dtype = as_dtype(self.dtype or float32)
        if not (dtype.is_floating or dtype.is_complex):
            raise TypeError(f"Unable to build `Dense` layer with non-floating point dtype {dtype}")
        last = TensorShape(input_shape).as_list()[-1]
        if last is None:
            raise ValueError(
                "The last dimension of the inputs to `Dense` should be defined. Found `None`."
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: last})
        self.kernel = self.add_weight(
            "kernel",
            shape=[last, self.units],
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            dtype=self.dtype,
            trainable=True,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                shape=[self.units],
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                dtype=self.dtype,
                trainable=True,
            )
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Returns [..., units]."""
        if isinstance(inputs, SparseTensor):
            outputs: Any = sparse_tensor_dense_matmul(inputs, self.kernel)
        else:
            inputs = convert_to_tensor(inputs)
            rank = inputs.shape.ndims
            if rank is not None and rank > 2:
                outputs = tensordot(inputs, self.kernel, [[rank - 1], [0]])
                outputs.set_shape([*inputs.shape.as_list()[:-1], self.units])
            else:
                outputs = build("MatMul", cast(inputs, self.kernel.dtype.base_dtype), self.kernel)
        if self.use_bias:
            outputs = nn.bias_add(outputs, self.bias)
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """[..., units].

        Raises:
          ValueError: the last axis is not known.
        """
        shape = TensorShape(input_shape).with_rank_at_least(2)
        if shape.as_list()[-1] is None:
            raise ValueError(
                f"The innermost dimension of input_shape must be defined, but saw: {shape}"
            )
        return shape[:-1].concatenate(self.units)


class DropoutBody(Layer):
    """Sets random elements to 0 in training, and scales the others.

    Args:
      rate: the probability that an element is dropped.
      noise_shape: the shape of the random choices; None in it stands for the inputs' size.
      seed: the op's seed.
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.Dropout`.
    """

    supports_masking = True
    _CONFIG: ClassVar = ("rate", "noise_shape", "seed")

    def __init__(
        self,
        rate: Any = 0.5,
        noise_shape: Any = None,
        seed: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed

    def call(self, inputs: Any, training: Any = False) -> Any:
        """Drops elements where `training`, a bool or a scalar bool tensor, is true."""

        def dropped() -> Tensor:
            return nn.dropout(
                inputs, noise_shape=self._noise_shape(inputs), seed=self.seed, rate=self.rate
            )

        training = learning_phase() if training is None else training
        return smart_cond(training, dropped, lambda: array.identity(inputs))

    def _noise_shape(self, inputs: Any) -> Any:
        if self.noise_shape is None or isinstance(self.noise_shape, Tensor):
            return self.noise_shape
        dynamic = array.shape(inputs)
        sizes = [dynamic[axis] if n is None else n for axis, n in enumerate(self.noise_shape)]
        return convert_to_tensor(sizes)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the input."""
        return input_shape


class FlattenBody(Layer):
    """Makes one axis of all but the first.

    Args:
      data_format: "channels_last" or "channels_first", whose channels become the innermost ones.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.layers.Flatten`.
    """

    _CONFIG: ClassVar = ("data_format",)

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = arguments.data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Any:
        """Returns [batch, elements]."""
        if self.data_format == "channels_first" and (rank := inputs.shape.ndims) and rank > 1:
            inputs = transpose(inputs, [0, *range(2, rank), 1])
        outputs = array.reshape(inputs, [_batch(inputs), -1])
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return outputs

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """[batch, elements]."""
        batch, *others = TensorShape(input_shape).as_list()
        elements: int | None = 1
        for size in others:
            elements = None if size is None or elements is None else elements * size
        return TensorShape([batch, elements])


def _batch(inputs: Tensor) -> Any:
    """The size of the first axis: a number where it is known."""
    first = inputs.shape.as_list()[0]
    return array.shape(inputs)[0] if first is None else first
