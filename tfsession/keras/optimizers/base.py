"""`Optimizer` of Keras: its numbers are variables, and so are the slots of what it trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession import logging, nest
from tfsession.autodiff.gradients import gradients
from tfsession.dtypes import as_dtype, int64
from tfsession.graph import scopes
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.keras.optimizers.schedules import LearningRateSchedule
from tfsession.layers import identifiers
from tfsession.layers.sessions import get_values, set_values, track_variable
from tfsession.ops import array, indexing, math, reduction
from tfsession.ops.clip import clip_by_value
from tfsession.variables.variable import Variable

__all__ = ["Optimizer", "summed_rows"]


class Optimizer:
    """Updates variables along their gradients; a subclass says how.

    Args:
      name: the name, which is the scope of its variables.
      **kwargs: `clipnorm`, the greatest norm of a gradient; `clipvalue`, its greatest element;
        `lr` for `learning_rate`; `decay`, how much the rate shrinks with each update.

    Raises:
      TypeError: an argument is not known.
      ValueError: one is negative.

    Source: TensorFlow 1.15 `tf.keras.optimizers.Optimizer`.
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        for key, value in kwargs.items():
            if key not in ("clipnorm", "clipvalue", "lr", "decay"):
                raise TypeError(f"Unexpected keyword argument passed to optimizer: {key}")
            if value < 0:
                raise ValueError(f"Expected {key} >= 0, received: {value}")
        self._name = name
        self._hyper: dict[str, Any] = {}
        self._slots: dict[int, dict[str, Any]] = {}
        self._weights: list[Any] = []
        self._iterations: Any = None
        self._has_numbers = False
        self.clipnorm = kwargs.pop("clipnorm", None)
        self.clipvalue = kwargs.pop("clipvalue", None)
        self._initial_decay = kwargs.pop("decay", 0.0)
        self._given = kwargs

    # ---- Numbers ----

    def _set_hyper(self, name: str, value: Any) -> None:
        """Makes a number of the optimizer, or changes it."""
        present = self._hyper.get(name)
        if isinstance(present, Variable):
            set_values([(present, value)])
        else:
            self._hyper[name] = value

    def _get_hyper(self, name: str, dtype: Any = None) -> Any:
        """A number of the optimizer, as a variable once these are made."""
        if not self._has_numbers:
            self._create_hypers()
        value = self._hyper[name]
        if isinstance(value, LearningRateSchedule):
            return value
        value = value() if callable(value) and not isinstance(value, Variable) else value
        return value if dtype is None else math.cast(value, dtype)

    def __getattr__(self, name: str) -> Any:
        numbers = self.__dict__.get("_hyper", {})
        name = "learning_rate" if name == "lr" else name
        if name in numbers:
            return self._get_hyper(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        name = "learning_rate" if name == "lr" else name
        if name in self.__dict__.get("_hyper", {}):
            self._set_hyper(name, value)
        else:
            super().__setattr__(name, value)

    def _create_hypers(self) -> None:
        """Makes variables of the numbers, in the order of their names."""
        if self._has_numbers:
            return
        for name, value in sorted(self._hyper.items()):
            if isinstance(value, (Tensor, Variable, LearningRateSchedule)) or callable(value):
                continue
            self._hyper[name] = self._variable(name, (), "float32", value)
        self._has_numbers = True

    def _variable(self, name: str, shape: Any, dtype: Any, initial: Any) -> Any:
        """A variable of the optimizer, which is not trained."""
        dtype = as_dtype(dtype)
        if isinstance(initial, str) or callable(initial):
            make = identifiers.initializer(initial)
            value: Callable[[], Any] = lambda: make(shape, dtype=dtype)  # noqa: E731
        else:
            value = lambda: initial  # noqa: E731
        made = Variable(value, name=name, dtype=dtype, trainable=False, use_resource=True)
        track_variable(made)
        return made

    @property
    def iterations(self) -> Any:
        """The variable that counts updates."""
        if self._iterations is None:
            self._iterations = self._variable("iter", (), int64, "zeros")
            self._weights.append(self._iterations)
        return self._iterations

    @iterations.setter
    def iterations(self, variable: Any) -> None:
        if self._iterations is not None:
            raise RuntimeError(
                "Cannot set `iterations` to a new Variable after the Optimizer weights have been "
                "created"
            )
        self._iterations = variable
        self._weights.append(variable)

    def _decayed_lr(self, dtype: Any) -> Any:
        """The learning rate of the present update."""
        rate = self._get_hyper("learning_rate", dtype)
        if isinstance(rate, LearningRateSchedule):
            rate = math.cast(rate(math.cast(self.iterations, dtype)), dtype)
        if self._initial_decay > 0.0:
            steps = math.cast(self.iterations, dtype)
            rate = rate / (1.0 + self._get_hyper("decay", dtype) * steps)
        return rate

    # ---- Slots ----

    def add_slot(self, var: Any, slot_name: str, initializer: Any = "zeros") -> Any:
        """A variable of the shape of another one, which goes with it."""
        slots = self._slots.setdefault(id(var), {})
        if slot_name not in slots:
            made = self._variable(
                f"{var.op.name}/{slot_name}", var.shape, var.dtype.base_dtype, initializer
            )
            slots[slot_name] = made
            self._weights.append(made)
        return slots[slot_name]

    def get_slot(self, var: Any, slot_name: str) -> Any:
        """The variable of a name that goes with another one; None where there is none."""
        return self._slots.get(id(var), {}).get(slot_name)

    def get_slot_names(self) -> list[str]:
        """The names of slots."""
        return list(next(iter(self._slots.values()), {}))

    # ---- Gradients ----

    def get_gradients(self, loss: Any, params: Any) -> list[Any]:
        """The gradients of a loss, clipped.

        Raises:
          ValueError: there is none for a variable.
        """
        params = nest.flatten(params)
        with name_scope("gradients"):
            found = gradients(loss, params)
            for gradient, parameter in zip(found, params, strict=True):
                if gradient is None:
                    raise ValueError(
                        f"Variable {parameter} has `None` for gradient. Please make sure that all "
                        "of your ops have a gradient defined (i.e. are differentiable). Common ops "
                        "without gradient: K.argmax, K.round, K.eval."
                    )
            return [self._clipped(gradient) for gradient in found]

    def _clipped(self, gradient: Any) -> Any:
        if self.clipnorm is not None:
            gradient = _clip_norm(gradient, self.clipnorm)
        if self.clipvalue is not None:
            gradient = clip_by_value(gradient, -self.clipvalue, self.clipvalue)
        return gradient

    def get_updates(self, loss: Any, params: Any) -> list[Any]:
        """The operations that update variables once; in the scope that is open."""
        found = self.get_gradients(loss, params)
        return [self._applied(list(zip(found, params, strict=True)), None)]

    def minimize(
        self, loss: Any, var_list: Any, grad_loss: Any = None, name: str | None = None
    ) -> Any:
        """The operation that updates variables once.

        Args:
          loss: a tensor, or a function that makes it.
          var_list: the variables, or a function that returns them.
          grad_loss: the gradient of `loss`; ones when None.
          name: a name for the operation.

        Raises:
          ValueError: no variable has a gradient.
        """
        value = loss() if callable(loss) else loss
        variables = nest.flatten(var_list() if callable(var_list) else var_list)
        found = [
            None if g is None else self._clipped(g) for g in gradients(value, variables, grad_loss)
        ]
        return self.apply_gradients(zip(found, variables, strict=True), name=name)

    def apply_gradients(self, grads_and_vars: Any, name: str | None = None) -> Any:
        """The operation that updates variables once.

        Args:
          grads_and_vars: pairs of a gradient, or None, and a variable.
          name: a name for the operation.

        Raises:
          ValueError: no variable has a gradient.
        """
        with name_scope(self._name):
            return self._applied(list(grads_and_vars), name)

    def _applied(self, pairs: list[tuple[Any, Any]], name: str | None) -> Any:
        if not pairs:
            return self.iterations.assign_add(1).op
        pairs = _with_gradients(pairs)
        variables = [variable for _, variable in pairs]
        count = self.iterations
        self._create_hypers()
        self._create_slots(variables)
        numbers = self._prepare(variables[0].dtype.base_dtype)
        with name_scope(name or self._name):
            updates = [self._update(gradient, variable, numbers) for gradient, variable in pairs]
            with scopes.control_dependencies(updates):
                return count.assign_add(1).op

    def _update(self, gradient: Any, variable: Any, numbers: dict[str, Any]) -> Any:
        with name_scope(f"update_{variable.op.name}"), scopes.colocate_with(variable.op):
            if isinstance(gradient, IndexedSlices):
                update = self._apply_sparse(gradient, variable, numbers)
            else:
                update = self._apply_dense(gradient, variable, numbers)
            update = getattr(update, "op", update)
            if variable.constraint is None:
                return update
            with scopes.control_dependencies([update]):
                return variable.assign(variable.constraint(variable)).op

    # ---- What a subclass defines ----

    def _create_slots(self, var_list: list[Any]) -> None:
        """Makes the slots of variables."""

    def _prepare(self, dtype: Any) -> dict[str, Any]:
        """The numbers of an update, which all variables share."""
        return {"rate": array.identity(self._decayed_lr(dtype))}

    def _apply_dense(self, gradient: Any, variable: Any, numbers: dict[str, Any]) -> Any:
        """The update of a variable."""
        # As in TensorFlow: an optimizer of a program needs the updates that its gradients ask for.
        raise NotImplementedError

    def _apply_sparse(self, gradient: IndexedSlices, variable: Any, numbers: dict[str, Any]) -> Any:
        """The update of rows of a variable."""
        # As in TensorFlow: an optimizer of a program needs the updates that its gradients ask for.
        raise NotImplementedError

    # ---- Values and configuration ----

    def checkpoint_children(self) -> dict[str, Any]:
        """The variables that checkpoints of objects keep, beside the slots."""
        numbers = {n: v for n, v in sorted(self._hyper.items()) if isinstance(v, Variable)}
        return ({} if self._iterations is None else {"iter": self._iterations}) | numbers

    @property
    def weights(self) -> list[Any]:
        """The count of updates, and the slots."""
        return self._weights

    def variables(self) -> list[Any]:
        """`weights`."""
        return self._weights

    def get_weights(self) -> list[Any]:
        """The values of `weights`, as arrays."""
        return get_values(self.weights)

    def set_weights(self, weights: Any) -> None:
        """Gives `weights` new values.

        Raises:
          ValueError: there are more or fewer arrays, or one has another shape.
        """
        if len(self.weights) != len(weights):
            raise ValueError(
                f"You called `set_weights(weights)` on optimizer {self._name} with a  weight list "
                f"of length {len(weights)}, but the optimizer was expecting {len(self.weights)} "
                f"weights. Provided weights: {str(weights)[:50]}..."
            )
        for variable, value in zip(self.weights, weights, strict=True):
            if tuple(variable.shape.as_list()) != value.shape:
                raise ValueError(
                    f"Optimizer weight shape {tuple(variable.shape.as_list())} not compatible with "
                    f"provided weight shape {value.shape}"
                )
        set_values(zip(self.weights, weights, strict=True))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        config: dict[str, Any] = {"name": self._name}
        if self.clipnorm is not None:
            config["clipnorm"] = self.clipnorm
        if self.clipvalue is not None:
            config["clipvalue"] = self.clipvalue
        return config

    def _serialize_hyperparameter(self, name: str) -> Any:
        """The value of a number, for configurations."""
        value = self._hyper[name]
        if isinstance(value, LearningRateSchedule):
            return {"class_name": type(value).__name__, "config": value.get_config()}
        if callable(value) and not isinstance(value, Variable):
            return value()
        if isinstance(value, (Tensor, Variable)):
            return get_values([value])[0]
        return value

    def _described(self, *numbers: str) -> dict[str, Any]:
        return {name: self._serialize_hyperparameter(name) for name in numbers}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The optimizer that `get_config` described."""
        config = dict(config)
        if "lr" in config:
            config["learning_rate"] = config.pop("lr")
        rate = config.get("learning_rate")
        if isinstance(rate, dict):
            from tfsession.keras.optimizers import schedules

            config["learning_rate"] = schedules.deserialize(rate, custom_objects=custom_objects)
        return cls(**config)


def _with_gradients(pairs: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    found = [(gradient, variable) for gradient, variable in pairs if gradient is not None]
    names = [variable.name for gradient, variable in pairs if gradient is None]
    if not found:
        raise ValueError(
            f"No gradients provided for any variable: {[variable.name for _, variable in pairs]}."
        )
    if names:
        logging.warning("Gradients do not exist for variables %s when minimizing the loss.", names)
    return found


def _clip_norm(gradient: Any, norm: float) -> Any:
    """A gradient, scaled down where its norm is greater."""
    values = gradient.values if isinstance(gradient, IndexedSlices) else gradient
    squares = reduction.reduce_sum(values * values, None, keepdims=True)
    is_positive = squares > 0
    safe = indexing.where(is_positive, squares, array.ones_like(squares))
    length = indexing.where(is_positive, math.sqrt(safe), squares)
    scaled = (values * norm) / math.maximum(length, norm)
    if isinstance(gradient, IndexedSlices):
        return IndexedSlices(scaled, gradient.indices, gradient.dense_shape)
    return scaled


def summed_rows(gradient: IndexedSlices) -> tuple[Any, Any]:
    """The rows of a gradient, those of one index added up, and the indices."""
    unique, positions = indexing.unique(gradient.indices)
    rows = reduction.unsorted_segment_sum(gradient.values, positions, array.shape(unique)[0])
    return rows, unique
