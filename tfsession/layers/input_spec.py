"""What a layer asks of its inputs: rank, shape, dtype."""

from __future__ import annotations

from typing import Any

from tfsession.dtypes import as_dtype


class InputSpec:
    """What a layer asks of one input; None asks nothing.

    Args:
      dtype: the DType.
      shape: the shape, None where any size will do.
      ndim: the rank; that of `shape` where that is given.
      max_ndim: the highest rank.
      min_ndim: the lowest rank.
      axes: axis -> its size.

    Raises:
      ValueError: an axis lies beyond the rank.

    Source: TensorFlow 1.15 `tf.layers.InputSpec`.
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, Any] | None = None,
    ) -> None:
        self.dtype = None if dtype is None else as_dtype(dtype).name
        self.shape = shape
        self.ndim = ndim if shape is None else len(shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = axes or {}
        rank = self.ndim or self.max_ndim
        if self.axes and rank is not None:
            highest = max(int(axis) for axis in self.axes)
            if highest > rank - 1:
                raise ValueError(
                    f"Axis {highest} is greater than the maximum allowed value: {rank - 1}"
                )

    def __repr__(self) -> str:
        asked = [f"{name}={value}" for name, value in vars(self).items() if value]
        return f"InputSpec({', '.join(asked)})"

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal InputSpec."""
        return {
            "dtype": self.dtype,
            "shape": self.shape,
            "ndim": self.ndim,
            "max_ndim": self.max_ndim,
            "min_ndim": self.min_ndim,
            "axes": self.axes,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        """The InputSpec that `get_config` described."""
        return cls(**config)


def check_inputs(specs: Any, inputs: list[Any], layer: str) -> None:
    """Refuses inputs that are not what a layer asks for.

    Args:
      specs: an InputSpec, a list of one for each input, or None.
      inputs: tensors.
      layer: the layer's name, for the message.

    Raises:
      ValueError: an input is of another rank, shape or dtype, or there are more or fewer inputs.
      AttributeError: an input has no shape.
    """
    if not specs:
        return
    listed = specs if isinstance(specs, (list, tuple)) else [specs]
    for x in inputs:
        x.shape  # noqa: B018  # what has none is no tensor
    if len(inputs) != len(listed):
        raise ValueError(
            f"Layer {layer} expects {len(listed)} inputs, but it received {len(inputs)} input "
            f"tensors. Inputs received: {inputs}"
        )
    for index, (spec, x) in enumerate(zip(listed, inputs, strict=True)):
        if spec is not None:
            _check(spec, x, index, layer)


def _check(spec: InputSpec, x: Any, index: int, layer: str) -> None:
    wrong = f"Input {index} of layer {layer} is incompatible with the layer: "
    rank = x.shape.ndims
    asks_rank = any(n is not None for n in (spec.ndim, spec.min_ndim, spec.max_ndim))
    if rank is None and asks_rank:
        raise ValueError(f"{wrong}its rank is undefined, but the layer requires a defined rank.")
    if spec.ndim is not None and rank != spec.ndim:
        raise ValueError(
            f"{wrong}expected ndim={spec.ndim}, found ndim={rank}. Full shape received: "
            f"{x.shape.as_list()}"
        )
    if spec.max_ndim is not None and rank > spec.max_ndim:
        raise ValueError(f"{wrong}expected max_ndim={spec.max_ndim}, found ndim={rank}")
    if spec.min_ndim is not None and rank < spec.min_ndim:
        raise ValueError(
            f"{wrong}: expected min_ndim={spec.min_ndim}, found ndim={rank}. Full shape received: "
            f"{x.shape.as_list()}"
        )
    if spec.dtype is not None and x.dtype.name != spec.dtype:
        raise ValueError(f"{wrong}expected dtype={spec.dtype}, found dtype={x.dtype}")
    if spec.axes:
        _check_axes(spec.axes, x.shape.as_list(), wrong)
    if spec.shape is not None:
        sizes = x.shape.as_list()
        for wanted, size in zip(spec.shape, sizes, strict=True):
            if wanted is not None and size is not None and wanted != size:
                raise ValueError(
                    f"Input {index} is incompatible with layer {layer}: expected "
                    f"shape={spec.shape}, found shape={sizes}"
                )


def _check_axes(axes: dict[int, Any], sizes: list[int | None], wrong: str) -> None:
    for axis, value in axes.items():
        wanted = getattr(value, "value", value)
        if wanted is not None and sizes[int(axis)] not in (wanted, None):
            raise ValueError(
                f"{wrong}expected axis {axis} of input shape to have value {wanted} but received "
                f"input with shape {sizes}"
            )
