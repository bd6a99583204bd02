"""Optimizers of other libraries, which ask a session for a loss and its gradients."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfsession import logging
from tfsession.autodiff.gradients import gradients
from tfsession.graph.default_session import get_default_session
from tfsession.graph.operation import Tensor
from tfsession.ops.array import concat, placeholder, reshape, zeros_like
from tfsession.variables.collections import trainable_variables
from tfsession.variables.resource import ResourceVariable

__all__ = ["ExternalOptimizerInterface", "ScipyOptimizerInterface"]


class ExternalOptimizerInterface:
    """What an optimizer of another library needs of a graph; a subclass has `_minimize`.

    Attributes:
      optimizer_kwargs: what is handed to the optimizer.

    Source: TensorFlow 1.15 `tf.contrib.opt.ExternalOptimizerInterface`.
    """

    def __init__(
        self,
        loss: Any,
        var_list: Sequence[Any] | None = None,
        equalities: Sequence[Any] | None = None,
        inequalities: Sequence[Any] | None = None,
        var_to_bounds: dict[Any, tuple[Any, Any]] | None = None,
        **optimizer_kwargs: Any,
    ) -> None:
        """Adds to the graph what evaluations need; it does not grow afterwards.

        Args:
          loss: a scalar Tensor, to be made small.
          var_list: the variables that are changed; the trainable ones when None.
          equalities: scalar Tensors that are to be 0.
          inequalities: scalar Tensors that are not to be negative.
          var_to_bounds: variable -> its lowest and highest values, each of a shape that can be
            broadcast to the variable's; -inf and inf where there is none.
          **optimizer_kwargs: what the optimizer takes.

        Raises:
          ValueError: bounds do not fit a variable.
        """
        self._loss = loss
        self._equalities = equalities or []
        self._inequalities = inequalities or []
        self._vars = list(trainable_variables() if var_list is None else var_list)
        shapes = [variable.get_shape().as_list() for variable in self._vars]
        self._update_placeholders = [placeholder(v.dtype.base_dtype) for v in self._vars]
        self._var_updates = [
            variable.assign(reshape(value, shape))
            for variable, value, shape in zip(
                self._vars, self._update_placeholders, shapes, strict=True
            )
        ]
        loss_grads = self._gradients(loss)
        equality_grads = [self._gradients(equality) for equality in self._equalities]
        inequality_grads = [self._gradients(inequality) for inequality in self._inequalities]
        self.optimizer_kwargs = optimizer_kwargs
        self._packed_var = _pack(self._vars)
        self._packed_loss_grad = _pack(loss_grads)
        self._packed_equality_grads = [_pack(grads) for grads in equality_grads]
        self._packed_inequality_grads = [_pack(grads) for grads in inequality_grads]
        ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)])
        self._packing_slices = [slice(*pair) for pair in itertools.pairwise(ends)]
        self._packed_bounds = self._bounds(var_to_bounds)

    def _gradients(self, tensor: Any) -> list[Tensor]:
        found = gradients(tensor, self._vars)
        return [
            zeros_like(variable) if grad is None else grad
            for variable, grad in zip(self._vars, found, strict=True)
        ]

    def _bounds(self, var_to_bounds: Any) -> list[tuple[float, float]] | None:
        """The lowest and highest value of each element; None where nothing is bounded."""
        if var_to_bounds is None:
            return None
        packed: list[tuple[float, float]] = []
        for variable in self._vars:
            bounds = (-np.inf, np.inf)
            for bounded, pair in var_to_bounds.items():
                if bounded is variable:
                    bounds = pair
            shape = variable.get_shape().as_list()
            low, high = (np.broadcast_to(bound, shape).ravel().tolist() for bound in bounds)
            packed.extend(zip(low, high, strict=True))
        return packed

    def minimize(
        self,
        session: Any = None,
        feed_dict: dict[Any, Any] | None = None,
        fetches: Sequence[Any] | None = None,
        step_callback: Callable[..., Any] | None = None,
        loss_callback: Callable[..., Any] | None = None,
        **run_kwargs: Any,
    ) -> None:
        """Makes the loss small, and changes the variables, once, when the optimizer has ended.

        Args:
          session: a Session; the default one when None.
          feed_dict: what each evaluation is fed.
          fetches: what is fetched with each evaluation, for `loss_callback`.
          step_callback: called after each step with all variables, packed into one vector.
          loss_callback: called after each evaluation with what was fetched.
          **run_kwargs: handed to the last `session.run`.
        """
        session = session or get_default_session()
        feed_dict = feed_dict or {}

        def evaluation(
            tensors: Sequence[Any], also: Sequence[Any], callback: Callable[..., Any] | None
        ) -> Callable[[np.ndarray], Any]:
            return self._evaluation(session, feed_dict, tensors, also, callback)

        packed = self._minimize(
            initial_val=session.run(self._packed_var),
            loss_grad_func=evaluation(
                [self._loss, self._packed_loss_grad], fetches or [], loss_callback
            ),
            equality_funcs=[evaluation([one], [], None) for one in self._equalities],
            equality_grad_funcs=[
                evaluation([one], [], None) for one in self._packed_equality_grads
            ],
            inequality_funcs=[evaluation([one], [], None) for one in self._inequalities],
            inequality_grad_funcs=[
                evaluation([one], [], None) for one in self._packed_inequality_grads
            ],
            packed_bounds=self._packed_bounds,
            step_callback=step_callback or (lambda x: None),
            optimizer_kwargs=self.optimizer_kwargs,
        )
        self._update(session, packed, **run_kwargs)

    def _minimize(self, **arguments: Any) -> Any:
        """Runs the optimizer; returns the values of all variables, packed into one vector."""
        raise NotImplementedError("To use ExternalOptimizerInterface, subclass it and override")

    def _update(self, session: Any, packed: np.ndarray, **run_kwargs: Any) -> None:
        values = (packed[part] for part in self._packing_slices)
        feeds = dict(zip(self._update_placeholders, values, strict=True))
        session.run(self._var_updates, feed_dict=feeds, **run_kwargs)

    def _evaluation(
        self,
        session: Any,
        feed_dict: dict[Any, Any],
        tensors: Sequence[Any],
        fetches: Sequence[Any],
        callback: Callable[..., Any] | None,
    ) -> Callable[[np.ndarray], Any]:
        """A function of all variables, packed into one vector."""
        # What reads a resource variable reads what is in it: feeding it would reach one read.
        has_resources = any(isinstance(v, ResourceVariable) for v in self._vars)

        def evaluate(x: np.ndarray) -> Any:
            feeds = {} if has_resources else self._fed(x)
            if has_resources:
                self._update(session, x)
            values = session.run([*tensors, *fetches], {**feeds, **feed_dict})
            if callback is not None:
                callback(*values[len(tensors) :])
            return values[0] if len(tensors) == 1 else values[: len(tensors)]

        return evaluate

    def _fed(self, x: np.ndarray) -> dict[Any, np.ndarray]:
        return {
            variable: x[part].reshape(variable.get_shape().as_list())
            for variable, part in zip(self._vars, self._packing_slices, strict=True)
        }


def _pack(tensors: Sequence[Any]) -> Tensor | None:
    """Tensors as one vector."""
    if not tensors:
        return None
    flat = [reshape(tensor, [-1]) for tensor in tensors]
    packed: Tensor = flat[0] if len(flat) == 1 else concat(flat, 0)
    return packed


class ScipyOptimizerInterface(ExternalOptimizerInterface):
    """Makes a loss small with `scipy.optimize.minimize`, by L-BFGS-B where no method is named.

    `method`, `options` and `tol` are handed on to SciPy. Constraints need a method that takes them,
    such as SLSQP.

    Source: TensorFlow 1.15 `tf.contrib.opt.ScipyOptimizerInterface`.
    """

    _DEFAULT_METHOD = "L-BFGS-B"

    def _minimize(  # type: ignore[override]  # by name
        self,
        initial_val: np.ndarray,
        loss_grad_func: Callable[..., Any],
        equality_funcs: Sequence[Callable[..., Any]],
        equality_grad_funcs: Sequence[Callable[..., Any]],
        inequality_funcs: Sequence[Callable[..., Any]],
        inequality_grad_funcs: Sequence[Callable[..., Any]],
        packed_bounds: Any,
        step_callback: Callable[..., Any],
        optimizer_kwargs: dict[str, Any],
    ) -> Any:
        # SciPy is needed here alone.
        optimize = importlib.import_module("scipy.optimize")

        def loss_and_gradient(x: np.ndarray) -> tuple[Any, np.ndarray]:
            loss, gradient = loss_grad_func(x)
            return loss, gradient.astype(np.float64)

        constraints = [
            {"type": kind, "fun": function, "jac": gradient}
            for kind, functions, grads in (
                ("eq", equality_funcs, equality_grad_funcs),
                ("ineq", inequality_funcs, inequality_grad_funcs),
            )
            for function, gradient in zip(functions, grads, strict=True)
        ]
        given = dict(optimizer_kwargs)
        automatic: dict[str, Any] = {
            "jac": True,
            "callback": step_callback,
            "method": given.pop("method", self._DEFAULT_METHOD),
            "constraints": constraints,
            "bounds": packed_bounds,
        }
        for name in automatic:
            if name in given:
                raise ValueError(
                    "Bounds must be set using the var_to_bounds argument"
                    if name == "bounds"
                    else f"Optimizer keyword arg '{name}' is set automatically and cannot be "
                    "injected manually"
                )
        result = optimize.minimize(loss_and_gradient, initial_val, **automatic, **given)
        _log(result)
        return result["x"]


def _log(result: Any) -> None:
    """Says how an optimization ended; some methods count no iterations."""
    lines = ["Optimization terminated with:", "  Message: %s", "  Objective function value: %f"]
    values = [result.message, result.fun]
    for name, text in (("nit", "iterations"), ("nfev", "functions evaluations")):
        if name in result:
            lines.append(f"  Number of {text}: %d")
            values.append(result[name])
    logging.info("\n".join(lines), *values)
