"""Gradients against differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.autodiff.gradients import gradients
from tfsession.graph.build import constant, convert_to_tensor
from tfsession.graph.default_session import Runs, get_default_session
from tfsession.graph.operation import Tensor


def compute_gradient(
    x: Any,
    x_shape: Any,
    y: Tensor,
    y_shape: Any,
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Any = None,
    extra_feed_dict: Any = None,
) -> Any:
    """Computes the Jacobian of `y` with respect to `x`, by gradients and by finite differences.

    A default session must be set. A complex number counts as its two parts.

    Args:
      x: a Tensor or a list of them.
      x_shape: its shape, or the list of theirs.
      y: a Tensor.
      y_shape: its shape.
      x_init_value: where to differentiate, an array of `x_shape` or a list; random when None.
      delta: how far `x` is moved to each side.
      init_targets: what is run first, an operation or a list.
      extra_feed_dict: what else is fed.

    Returns:
      Two arrays of [elements of x, elements of y], by gradients and by differences; a list of such
      pairs for a list of tensors.

    Raises:
      ValueError: no session is the default one.

    Source: TensorFlow 1.15 `tf.test.compute_gradient`.
    """
    session = get_default_session()
    if session is None:
        raise ValueError("Cannot compute gradients: no default session is registered.")
    feeds = dict(extra_feed_dict or {})
    several = isinstance(x, list)
    xs = x if several else [x]
    shapes = x_shape if several else [x_shape]
    given = x_init_value if several and x_init_value is not None else [x_init_value] * len(xs)
    if init_targets is not None:
        for target in init_targets if isinstance(init_targets, (list, tuple)) else [init_targets]:
            session.run(target)
    values = [
        _start(tensor, shape, start) for tensor, shape, start in zip(xs, shapes, given, strict=True)
    ]
    seed = constant(np.ones(y_shape), dtype=y.dtype)
    dxs = gradients(y, xs, grad_ys=seed)
    at = {**feeds, **dict(zip(xs, values, strict=True))} if several else feeds
    results = []
    for tensor, value, dx in zip(xs, values, dxs, strict=True):
        here = {**at, tensor: value}
        results.append(
            (
                _by_gradients(session, value, dx, seed, here),
                _by_differences(session, tensor, value, y, here, delta),
            )
        )
    return results if several else results[0]


def compute_gradient_error(
    x: Any,
    x_shape: Any,
    y: Tensor,
    y_shape: Any,
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Any = None,
    extra_feed_dict: Any = None,
) -> float:
    """The largest difference between the two Jacobians of `compute_gradient`.

    Arguments are those of `compute_gradient`.

    Source: TensorFlow 1.15 `tf.test.compute_gradient_error`.
    """
    pairs = compute_gradient(
        x, x_shape, y, y_shape, x_init_value, delta, init_targets, extra_feed_dict
    )
    error = 0.0
    for by_gradients, by_differences in pairs if isinstance(pairs, list) else [pairs]:
        if by_gradients.size or by_differences.size:
            difference = np.abs(by_gradients - by_differences)
            # A NaN anywhere is no small error.
            error = float(np.maximum(error, difference.max()))
    return error


def _start(tensor: Tensor, shape: Any, given: Any) -> Any:
    kind = tensor.dtype.base_dtype.as_numpy_dtype
    if given is not None:
        return np.array(given, dtype=kind)
    value = np.random.random_sample(tuple(shape))
    if tensor.dtype.is_complex:
        value = value + 1j * np.random.random_sample(tuple(shape))
    return value.astype(kind)


def _parts(value: Any) -> Any:
    """All numbers of an array in one row, complex ones as their two parts."""
    flat = np.ascontiguousarray(value).reshape(-1)
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def _by_gradients(session: Runs, value: Any, dx: Any, seed: Tensor, feeds: Any) -> Any:
    shape: Any = seed.get_shape().as_list()
    direction = np.zeros(shape, seed.dtype.as_numpy_dtype)
    columns = _parts(direction).size
    jacobian = np.zeros((_parts(value).size, columns), _parts(value).dtype)
    if dx is None:
        return jacobian
    dense = convert_to_tensor(dx)
    for column in range(columns):
        row = np.zeros(columns, _parts(direction).dtype)
        row[column] = 1
        direction = row.view(direction.dtype).reshape(shape)
        jacobian[:, column] = _parts(session.run(dense, {**feeds, seed: direction}))
    return jacobian


def _by_differences(
    session: Runs, tensor: Tensor, value: Any, y: Tensor, feeds: Any, delta: float
) -> Any:
    flat = _parts(value)
    rows = []
    for index in range(flat.size):
        sides = []
        for step in (delta, -delta):
            moved = flat.copy()
            moved[index] += step
            fed = moved.view(value.dtype).reshape(value.shape)
            sides.append(_parts(session.run(y, {**feeds, tensor: fed})))
        rows.append((sides[0] - sides[1]) / (2 * delta))
    return np.array(rows, flat.dtype) if rows else np.zeros((0, 0), flat.dtype)
