"""The optimizers of Keras."""

from __future__ import annotations

from typing import Any

from tfsession.graph import scopes
from tfsession.graph.composites import IndexedSlices
from tfsession.keras.optimizers.base import Optimizer, summed_rows
from tfsession.ops import array, indexing, initializers, math, state
from tfsession.ops.control import group
from tfsession.ops.training import apply_rule

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "RMSprop"]

Numbers = dict[str, Any]


def _add_rows(variable: Any, indices: Any, rows: Any) -> Any:
    """Adds to rows of a variable; returns the operation."""
    return state.scatter_add(variable, indices, rows).op


class SGD(Optimizer):
    """Gradient descent, with momentum.

    Args:
      learning_rate: the rate, or a LearningRateSchedule.
      momentum: how much of the last step is kept, from 0 to 1.
      nesterov: whether the gradient is taken ahead of the step.
      name: the name.
      **kwargs: as of `Optimizer`.

    Raises:
      ValueError: the momentum is not between 0 and 1.

    Source: TensorFlow 1.15 `tf.keras.optimizers.SGD`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: Any = 0.0,
        nesterov: bool = False,
        name: str = "SGD",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        if isinstance(momentum, (int, float)) and (momentum < 0 or momentum > 1):
            raise ValueError("`momentum` must be between [0, 1].")
        self._has_momentum = callable(momentum) or momentum > 0
        self._set_hyper("momentum", momentum)
        self.nesterov = nesterov

    def _create_slots(self, var_list: list[Any]) -> None:
        if self._has_momentum:
            for variable in var_list:
                self.add_slot(variable, "momentum")

    def _prepare(self, dtype: Any) -> Numbers:
        numbers = super()._prepare(dtype)
        return numbers | {"momentum": array.identity(self._get_hyper("momentum", dtype))}

    def _apply_dense(self, gradient: Any, variable: Any, numbers: Numbers) -> Any:
        if not self._has_momentum:
            return apply_rule(
                "GradientDescent", [variable], numbers["rate"], gradient, use_locking=False
            )
        return apply_rule(
            "KerasMomentum",
            [variable, self.get_slot(variable, "momentum")],
            numbers["rate"],
            gradient,
            numbers["momentum"],
            use_locking=False,
            use_nesterov=self.nesterov,
        )

    def _apply_sparse(self, gradient: IndexedSlices, variable: Any, numbers: Numbers) -> Any:
        if not self._has_momentum:
            return _add_rows(variable, gradient.indices, -gradient.values * numbers["rate"])
        rows, indices = summed_rows(gradient)
        return apply_rule(
            "SparseKerasMomentum",
            [variable, self.get_slot(variable, "momentum")],
            numbers["rate"],
            rows,
            indices,
            numbers["momentum"],
            use_locking=False,
            use_nesterov=self.nesterov,
        )

    def get_config(self) -> Numbers:
        """The arguments that make an equal optimizer."""
        numbers = self._described("learning_rate", "decay", "momentum")
        return super().get_config() | numbers | {"nesterov": self.nesterov}


class RMSprop(Optimizer):
    """Divides the gradient by a running mean of its size.

    Args:
      learning_rate: the rate, or a LearningRateSchedule.
      rho: how much of the mean is kept.
      momentum: how much of the last step is kept, from 0 to 1.
      epsilon: is added to the divisor.
      centered: whether the size is that around a running mean.
      name: the name.
      **kwargs: as of `Optimizer`.

    Raises:
      ValueError: the momentum is not between 0 and 1.

    Source: TensorFlow 1.15 `tf.keras.optimizers.RMSprop`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        name: str = "RMSprop",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("rho", rho)
        if isinstance(momentum, (int, float)) and (momentum < 0 or momentum > 1):
            raise ValueError("`momentum` must be between [0, 1].")
        self._has_momentum = callable(momentum) or momentum > 0
        self._set_hyper("momentum", momentum)
        self.epsilon = 1e-7 if epsilon is None else epsilon
        self.centered = centered

    def _create_slots(self, var_list: list[Any]) -> None:
        slots = ["rms"]
        slots += ["momentum"] if self._has_momentum else []
        slots += ["mg"] if self.centered else []
        for slot in slots:
            for variable in var_list:
                self.add_slot(variable, slot)

    def _prepare(self, dtype: Any) -> Numbers:
        numbers = super()._prepare(dtype)
        rho = array.identity(self._get_hyper("rho", dtype))
        return numbers | {
            "rho": rho,
            "negative_rate": -numbers["rate"],
            "epsilon": array.constant(self.epsilon, dtype),
            "momentum": array.identity(self._get_hyper("momentum", dtype)),
            "rest": 1.0 - rho,
        }

    def _slots_of(self, variable: Any) -> list[Any]:
        slots = [self.get_slot(variable, "rms"), self.get_slot(variable, "momentum")]
        return [self.get_slot(variable, "mg"), *slots] if self.centered else slots

    def _apply_dense(self, gradient: Any, variable: Any, numbers: Numbers) -> Any:
        if self._has_momentum:
            return apply_rule(
                "CenteredRMSProp" if self.centered else "RMSProp",
                [variable, *self._slots_of(variable)],
                *(numbers[key] for key in ("rate", "rho", "momentum", "epsilon")),
                gradient,
                use_locking=False,
            )
        rms = self.get_slot(variable, "rms")
        moved = state.assign(rms, numbers["rho"] * rms + numbers["rest"] * math.square(gradient))
        with scopes.control_dependencies([moved]):
            divisor: Any = rms
            if self.centered:
                mean = self.get_slot(variable, "mg")
                mean_moved = state.assign(mean, numbers["rho"] * mean + numbers["rest"] * gradient)
                with scopes.control_dependencies([mean_moved]):
                    divisor = rms - math.square(mean)
            step = numbers["rate"] * gradient / (math.sqrt(divisor) + numbers["epsilon"])
            return state.assign(variable, variable - step)

    def _apply_sparse(self, gradient: IndexedSlices, variable: Any, numbers: Numbers) -> Any:
        rows, indices = summed_rows(gradient)
        if self._has_momentum:
            return apply_rule(
                "SparseCenteredRMSProp" if self.centered else "SparseRMSProp",
                [variable, *self._slots_of(variable)],
                *(numbers[key] for key in ("rate", "rho", "momentum", "epsilon")),
                rows,
                indices,
                use_locking=False,
            )
        rms = self.get_slot(variable, "rms")
        more = (rows * rows) * numbers["rest"]
        moved = _moved(rms, rms * numbers["rho"], indices, more)
        with scopes.control_dependencies([moved]):
            size = indexing.gather(rms, indices)
            if self.centered:
                mean = self.get_slot(variable, "mg")
                mean_moved = _moved(mean, mean * numbers["rho"], indices, rows * numbers["rest"])
                with scopes.control_dependencies([mean_moved]):
                    size = size - math.square(indexing.gather(mean, indices))
            step = numbers["negative_rate"] * rows / (math.sqrt(size) + numbers["epsilon"])
            return group(moved, _add_rows(variable, indices, step))

    def get_config(self) -> Numbers:
        """The arguments that make an equal optimizer."""
        numbers = self._described("learning_rate", "decay", "rho", "momentum")
        return (
            super().get_config()
            | numbers
            | {
                "epsilon": self.epsilon,
                "centered": self.centered,
            }
        )


def _moved(variable: Any, value: Any, indices: Any, rows: Any) -> Any:
    """Gives a variable a value, then adds to some of its rows; returns the operation."""
    assigned = state.assign(variable, value)
    with scopes.control_dependencies([assigned]):
        return _add_rows(variable, indices, rows)


class Adagrad(Optimizer):
    """Divides the gradient by the size of all gradients so far.

    Args:
      learning_rate: the rate, or a LearningRateSchedule.
      initial_accumulator_value: what the sum of squares begins with.
      epsilon: is added to the divisor.
      name: the name.
      **kwargs: as of `Optimizer`.

    Raises:
      ValueError: the sum would begin with a negative number.

    Source: TensorFlow 1.15 `tf.keras.optimizers.Adagrad`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        name: str = "Adagrad",
        **kwargs: Any,
    ) -> None:
        if initial_accumulator_value < 0.0:
            raise ValueError(
                f"initial_accumulator_value must be non-negative: {initial_accumulator_value}"
            )
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._initial_accumulator_value = initial_accumulator_value
        self.epsilon = 1e-7 if epsilon is None else epsilon

    def _create_slots(self, var_list: list[Any]) -> None:
        for variable in var_list:
            start = initializers.constant_initializer(
                self._initial_accumulator_value, dtype=variable.dtype.base_dtype
            )
            self.add_slot(variable, "accumulator", start)

    def _prepare(self, dtype: Any) -> Numbers:
        return super()._prepare(dtype) | {"epsilon": array.constant(self.epsilon, dtype)}

    def _apply_dense(self, gradient: Any, variable: Any, numbers: Numbers) -> Any:
        total = self.get_slot(variable, "accumulator")
        added = state.assign_add(total, math.square(gradient))
        with scopes.control_dependencies([added]):
            step = numbers["rate"] * gradient / (math.sqrt(total) + numbers["epsilon"])
            return state.assign_sub(variable, step)

    def _apply_sparse(self, gradient: IndexedSlices, variable: Any, numbers: Numbers) -> Any:
        rows, indices = summed_rows(gradient)
        total = self.get_slot(variable, "accumulator")
        with scopes.control_dependencies([_add_rows(total, indices, math.square(rows))]):
            size = math.sqrt(indexing.gather(total, indices)) + numbers["epsilon"]
            return _add_rows(variable, indices, -numbers["rate"] * rows / size)

    @classmethod
    def from_config(cls, config: Numbers, custom_objects: Any = None) -> Any:
        """The optimizer that `get_config` described; the sum begins with 0 if not said."""
        return super().from_config({"initial_accumulator_value": 0.0, **config}, custom_objects)

    def get_config(self) -> Numbers:
        """The arguments that make an equal optimizer."""
        return (
            super().get_config()
            | self._described("learning_rate", "decay")
            | {
                "initial_accumulator_value": self._initial_accumulator_value,
                "epsilon": self.epsilon,
            }
        )


class Adadelta(Optimizer):
    """Divides the gradient by a running mean of its size, and multiplies by that of the steps.

    Args:
      learning_rate: the rate, or a LearningRateSchedule.
      rho: how much of the means is kept.
      epsilon: is added to both.
      name: the name.
      **kwargs: as of `Optimizer`.

    Source: TensorFlow 1.15 `tf.keras.optimizers.Adadelta`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: float = 1e-7,
        name: str = "Adadelta",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("rho", rho)
        self.epsilon = 1e-7 if epsilon is None else epsilon

    def _create_slots(self, var_list: list[Any]) -> None:
        for slot in ("accum_grad", "accum_var"):
            for variable in var_list:
                self.add_slot(variable, slot)

    def _prepare(self, dtype: Any) -> Numbers:
        return super()._prepare(dtype) | {
            "epsilon": array.constant(self.epsilon, dtype),
            "rho": array.identity(self._get_hyper("rho", dtype)),
        }

    def _variables(self, variable: Any) -> list[Any]:
        return [variable, *(self.get_slot(variable, s) for s in ("accum_grad", "accum_var"))]

    def _apply_dense(self, gradient: Any, variable: Any, numbers: Numbers) -> Any:
        others = [numbers[key] for key in ("rate", "rho", "epsilon")]
        return apply_rule(
            "Adadelta", self._variables(variable), *others, gradient, use_locking=False
        )

    def _apply_sparse(self, gradient: IndexedSlices, variable: Any, numbers: Numbers) -> Any:
        rows, indices = summed_rows(gradient)
        others = [numbers[key] for key in ("rate", "rho", "epsilon")]
        return apply_rule(
            "SparseAdadelta",
            self._variables(variable),
            *others,
            rows,
            indices,
            use_locking=False,
        )

    def get_config(self) -> Numbers:
        """The arguments that make an equal optimizer."""
        numbers = self._described("learning_rate", "decay", "rho")
        return super().get_config() | numbers | {"epsilon": self.epsilon}


class _Moments(Optimizer):
    """What Adam and its kin have in common: running means of the gradient and of its size."""

    def __init__(
        self,
        learning_rate: Any,
        beta_1: Any,
        beta_2: Any,
        epsilon: float,
        name: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon = 1e-7 if epsilon is None else epsilon

    def _create_slots(self, var_list: list[Any]) -> None:
        for slot in ("m", "v"):
            for variable in var_list:
                self.add_slot(variable, slot)

    def get_config(self) -> Numbers:
        """The arguments that make an equal optimizer."""
        numbers = self._described("learning_rate", "decay", "beta_1", "beta_2")
        return super().get_config() | numbers | {"epsilon": self.epsilon}


class Adam(_Moments):
    """Adam, by Kingma and Ba.

    Args:
      learning_rate: the rate, or a LearningRateSchedule.
      beta_1: how much of the mean of the gradient is kept.
      beta_2: how much of the mean of its square is kept.
      epsilon: is added to the divisor.
      amsgrad: whether the divisor never shrinks.
      name: the name.
      **kwargs: as of `Optimizer`.

    Source: arXiv 1412.6980; TensorFlow 1.15 `tf.keras.optimizers.Adam`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        name: str = "Adam",
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, name, **kwargs)
        self.amsgrad = amsgrad

    def _create_slots(self, var_list: list[Any]) -> None:
        super()._create_slots(var_list)
        if self.amsgrad:
            for variable in var_list:
                self.add_slot(variable, "vhat")

    def _prepare(self, dtype: Any) -> Numbers:
        numbers = super()._prepare(dtype)
        step = math.cast(self.iterations + 1, dtype)
        beta_1 = array.identity(self._get_hyper("beta_1", dtype))
        beta_2 = array.identity(self._get_hyper("beta_2", dtype))
        power_1, power_2 = math.pow(beta_1, step), math.pow(beta_2, step)
        scaled = numbers["rate"] * (math.sqrt(1 - power_2) / (1 - power_1))
        return numbers | {
            "scaled_rate": scaled,
            "epsilon": array.constant(self.epsilon, dtype),
            "beta_1": beta_1,
            "beta_2": beta_2,
            "power_1": power_1,
            "power_2": power_2,
            "rest_1": 1 - beta_1,
            "rest_2": 1 - beta_2,
        }

    def _apply_dense(self, gradient: Any, variable: Any, numbers: Numbers) -> Any:
        m, v = self.get_slot(variable, "m"), self.get_slot(variable, "v")
        if not self.amsgrad:
            keys = ("power_1", "power_2", "rate", "beta_1", "beta_2", "epsilon")
            others = [numbers[key] for key in keys]
            return apply_rule("Adam", [variable, m, v], *others, gradient, use_locking=False)
        m_moved = state.assign(m, m * numbers["beta_1"] + gradient * numbers["rest_1"])
        v_moved = state.assign(v, v * numbers["beta_2"] + math.square(gradient) * numbers["rest_2"])
        with scopes.control_dependencies([m_moved, v_moved]):
            return self._stepped(variable, m, v, numbers)

    def _stepped(self, variable: Any, m: Any, v: Any, numbers: Numbers) -> Any:
        """The step along `m`, over the root of `v`, or of the greatest `v` so far."""
        if self.amsgrad:
            greatest = self.get_slot(variable, "vhat")
            grown = state.assign(greatest, math.maximum(greatest, v))
            with scopes.control_dependencies([grown]):
                root = math.sqrt(greatest)
        else:
            root = math.sqrt(v)
        step = numbers["scaled_rate"] * m / (root + numbers["epsilon"])
        return state.assign_sub(variable, step)

    def _apply_sparse(self, gradient: IndexedSlices, variable: Any, numbers: Numbers) -> Any:
        rows, indices = summed_rows(gradient)
        m, v = self.get_slot(variable, "m"), self.get_slot(variable, "v")
        m_moved = _moved(m, m * numbers["beta_1"], indices, rows * numbers["rest_1"])
        v_moved = _moved(v, v * numbers["beta_2"], indices, (rows * rows) * numbers["rest_2"])
        with scopes.control_dependencies([m_moved, v_moved]):
            return self._stepped(variable, m, v, numbers)

    def get_config(self) -> Numbers:
        """The arguments that make an equal optimizer."""
        return super().get_config() | {"amsgrad": self.amsgrad}


class Adamax(_Moments):
    """Adam with the greatest size instead of the mean of squares.

    Args:
      learning_rate, beta_1, beta_2, epsilon, name: as of `Adam`.
      **kwargs: as of `Optimizer`.

    Source: arXiv 1412.6980, section 7.1; TensorFlow 1.15 `tf.keras.optimizers.Adamax`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: float = 1e-7,
        name: str = "Adamax",
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, name, **kwargs)

    def _prepare(self, dtype: Any) -> Numbers:
        numbers = super()._prepare(dtype)
        step = math.cast(self.iterations + 1, dtype)
        beta_1 = array.identity(self._get_hyper("beta_1", dtype))
        beta_2 = array.identity(self._get_hyper("beta_2", dtype))
        return numbers | {
            "scaled_rate": -numbers["rate"] / (1 - math.pow(beta_1, step)),
            "beta_1": beta_1,
            "beta_2": beta_2,
            "epsilon": array.constant(self.epsilon, dtype),
            "rest_1": 1 - beta_1,
        }

    def _apply_dense(self, gradient: Any, variable: Any, numbers: Numbers) -> Any:
        m, v = self.get_slot(variable, "m"), self.get_slot(variable, "v")
        m_moved = state.assign(m, m * numbers["beta_1"] + gradient * numbers["rest_1"])
        v_moved = state.assign(v, math.maximum(v * numbers["beta_2"], math.abs(gradient)))
        with scopes.control_dependencies([m_moved, v_moved]):
            step = numbers["scaled_rate"] * (m / (v + numbers["epsilon"]))
            return state.assign_add(variable, step)

    def _apply_sparse(self, gradient: IndexedSlices, variable: Any, numbers: Numbers) -> Any:
        rows, indices = summed_rows(gradient)
        m, v = self.get_slot(variable, "m"), self.get_slot(variable, "v")
        new_m = indexing.gather(m, indices) * numbers["beta_1"] + rows * numbers["rest_1"]
        new_v = math.maximum(indexing.gather(v, indices) * numbers["beta_2"], math.abs(rows))
        moved = [
            state.scatter_update(m, indices, new_m).op,
            state.scatter_update(v, indices, new_v).op,
        ]
        with scopes.control_dependencies(moved):
            step = numbers["scaled_rate"] * (new_m / (new_v + numbers["epsilon"]))
            return _add_rows(variable, indices, step)


class Nadam(_Moments):
    """Adam with Nesterov's momentum.

    Args:
      learning_rate, beta_1, beta_2, epsilon, name: as of `Adam`; no LearningRateSchedule.
      **kwargs: as of `Optimizer`; `schedule_decay`, 0.004.

    Raises:
      ValueError: the rate is a LearningRateSchedule.

    Source: Dozat, Incorporating Nesterov Momentum into Adam (2016); TensorFlow 1.15
      `tf.keras.optimizers.Nadam`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: float = 1e-7,
        name: str = "Nadam",
        **kwargs: Any,
    ) -> None:
        from tfsession.keras.optimizers.schedules import LearningRateSchedule

        kwargs["decay"] = kwargs.pop("schedule_decay", 0.004)
        if isinstance(kwargs.get("lr", learning_rate), LearningRateSchedule):
            raise ValueError(
                "The Nadam optimizer does not support tf.keras.optimizers.LearningRateSchedules as "
                "the learning rate."
            )
        super().__init__(learning_rate, beta_1, beta_2, epsilon, name, **kwargs)
        self._cache: Any = None

    def _create_slots(self, var_list: list[Any]) -> None:
        if self._cache is None:
            dtype = var_list[0].dtype.base_dtype
            self._cache = self._variable("momentum_cache", (), dtype, "ones")
            self._weights.append(self._cache)
        super()._create_slots(var_list)

    def _prepare(self, dtype: Any) -> Numbers:
        cache = array.identity(self._cache)
        rate = array.identity(self._get_hyper("learning_rate", dtype))
        beta_1 = array.identity(self._get_hyper("beta_1", dtype))
        beta_2 = array.identity(self._get_hyper("beta_2", dtype))
        step = math.cast(self.iterations + 1, dtype)
        following = math.cast(self.iterations + 2, dtype)
        base = math.cast(0.96, dtype)
        momentum = beta_1 * (1.0 - 0.5 * math.pow(base, self._initial_decay * step))
        next_momentum = beta_1 * (1.0 - 0.5 * math.pow(base, self._initial_decay * following))
        product = cache * momentum
        kept = state.assign(self._cache, product)
        with scopes.control_dependencies([kept]):
            product = array.identity(product)
        next_product = product * next_momentum
        return {
            "rate": rate,
            "epsilon": array.constant(self.epsilon, dtype),
            "beta_1": beta_1,
            "beta_2": beta_2,
            "momentum": momentum,
            "next_momentum": next_momentum,
            "rest_1": 1 - beta_1,
            "rest_2": 1 - beta_2,
            "rest_of_product": 1.0 - product,
            "rest_of_next": 1.0 - next_product,
            "correction": 1.0 - math.pow(beta_2, step),
        }

    def _step(self, gradient: Any, m: Any, v: Any, numbers: Numbers) -> Any:
        mean = (1.0 - numbers["momentum"]) * (gradient / numbers["rest_of_product"])
        mean = mean + numbers["next_momentum"] * (m / numbers["rest_of_next"])
        root = math.sqrt(v / numbers["correction"])
        return numbers["rate"] * mean / (root + numbers["epsilon"])

    def _apply_dense(self, gradient: Any, variable: Any, numbers: Numbers) -> Any:
        m, v = self.get_slot(variable, "m"), self.get_slot(variable, "v")
        m_moved = state.assign(m, numbers["beta_1"] * m + numbers["rest_1"] * gradient)
        v_moved = state.assign(v, numbers["beta_2"] * v + numbers["rest_2"] * math.square(gradient))
        with scopes.control_dependencies([m_moved, v_moved]):
            return state.assign(variable, variable - self._step(gradient, m, v, numbers))

    def _apply_sparse(self, gradient: IndexedSlices, variable: Any, numbers: Numbers) -> Any:
        rows, indices = summed_rows(gradient)
        m, v = self.get_slot(variable, "m"), self.get_slot(variable, "v")
        m_moved = _moved(m, m * numbers["beta_1"], indices, rows * numbers["rest_1"])
        v_moved = _moved(v, v * numbers["beta_2"], indices, (rows * rows) * numbers["rest_2"])
        with scopes.control_dependencies([m_moved, v_moved]):
            m_rows, v_rows = indexing.gather(m, indices), indexing.gather(v, indices)
            return _add_rows(variable, indices, -self._step(rows, m_rows, v_rows, numbers))


class Ftrl(Optimizer):
    """Follow the regularized leader.

    Args:
      learning_rate: the rate, or a LearningRateSchedule.
      learning_rate_power: at most 0; 0 keeps the rate.
      initial_accumulator_value: what the sum of squares begins with.
      l1_regularization_strength, l2_regularization_strength: not negative.
      name: the name.
      l2_shrinkage_regularization_strength: not negative.
      **kwargs: as of `Optimizer`.

    Raises:
      ValueError: an argument has the wrong sign.

    Source: McMahan and others, Ad Click Prediction (2013); TensorFlow 1.15
      `tf.keras.optimizers.Ftrl`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        name: str = "Ftrl",
        l2_shrinkage_regularization_strength: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        not_negative = {
            "initial_accumulator_value": initial_accumulator_value,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
        }
        if learning_rate_power > 0.0:
            raise ValueError(
                f"learning_rate_power {learning_rate_power} needs to be negative or zero"
            )
        for key, value in not_negative.items():
            if value < 0.0:
                raise ValueError(f"{key} {value} needs to be positive or zero")
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("learning_rate_power", learning_rate_power)
        self._set_hyper("l1_regularization_strength", l1_regularization_strength)
        self._set_hyper("l2_regularization_strength", l2_regularization_strength)
        self._initial_accumulator_value = initial_accumulator_value
        self._shrinkage = l2_shrinkage_regularization_strength

    def _create_slots(self, var_list: list[Any]) -> None:
        for variable in var_list:
            start = initializers.constant_initializer(
                self._initial_accumulator_value, dtype=variable.dtype.base_dtype
            )
            self.add_slot(variable, "accumulator", start)
            self.add_slot(variable, "linear")

    def _prepare(self, dtype: Any) -> Numbers:
        numbers = super()._prepare(dtype)
        for key in (
            "learning_rate_power",
            "l1_regularization_strength",
            "l2_regularization_strength",
        ):
            numbers[key] = array.identity(self._get_hyper(key, dtype))
        return numbers | {"shrinkage": math.cast(self._shrinkage, dtype)}

    def _others(self, numbers: Numbers) -> list[Any]:
        keys = ["rate", "l1_regularization_strength", "l2_regularization_strength"]
        keys += ["shrinkage"] if self._shrinkage > 0 else []
        return [numbers[key] for key in [*keys, "learning_rate_power"]]

    def _apply_dense(self, gradient: Any, variable: Any, numbers: Numbers) -> Any:
        slots = [self.get_slot(variable, slot) for slot in ("accumulator", "linear")]
        rule = "FtrlV2" if self._shrinkage > 0 else "Ftrl"
        return apply_rule(
            rule, [variable, *slots], gradient, *self._others(numbers), use_locking=False
        )

    def _apply_sparse(self, gradient: IndexedSlices, variable: Any, numbers: Numbers) -> Any:
        rows, indices = summed_rows(gradient)
        slots = [self.get_slot(variable, slot) for slot in ("accumulator", "linear")]
        rule = "SparseFtrlV2" if self._shrinkage > 0 else "SparseFtrl"
        others = self._others(numbers)
        return apply_rule(rule, [variable, *slots], rows, indices, *others, use_locking=False)

    def get_config(self) -> Numbers:
        """The arguments that make an equal optimizer."""
        numbers = self._described("learning_rate", "decay")
        strengths = self._described(
            "learning_rate_power", "l1_regularization_strength", "l2_regularization_strength"
        )
        return (
            super().get_config()
            | numbers
            | {
                "initial_accumulator_value": self._initial_accumulator_value,
                **strengths,
                "l2_shrinkage_regularization_strength": self._shrinkage,
            }
        )
