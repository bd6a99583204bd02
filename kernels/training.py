"""Kernels of the update rules of optimizers.

A rule is written twice: for NumPy, on pieces of the arrays that fit the cache, into scratch memory
that each thread keeps, so that an update is one pass over the variables; and as the body of one
element-wise GPU kernel. The formulas are those of TensorFlow 1.15, core/kernels/training_ops.cc.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.errors import InvalidArgumentError
from tfsession.registry import OPS, kernel
from tfsession.resources.variables import VariableCell

from . import threads
from .state import check_indices, format_shape

# Elements of a piece, at most, and at least where threads share the work. Measured: smaller ones
# cost calls, larger ones leave the cache.
PIECE, LEAST = 1 << 17, 1 << 16

Arrays = Any
Scalars = dict[str, Any]


class _Scratch(threading.local):
    """Two arrays of one piece for each dtype, kept by every thread."""

    def __init__(self) -> None:
        self._arrays: dict[Any, tuple[np.ndarray, np.ndarray]] = {}

    def of(self, dtype: Any) -> tuple[np.ndarray, np.ndarray]:
        found = self._arrays.get(dtype)
        if found is None:
            found = self._arrays[dtype] = (np.empty(PIECE, dtype), np.empty(PIECE, dtype))
        return found


_scratch = _Scratch()


# ---- The rules on pieces: a and b are scratch of the pieces' size ----


def _gradient_descent(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    (var,) = v
    np.multiply(g, s["alpha"], out=a)
    np.subtract(var, a, out=var)


def _momentum(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    var, accum = v
    np.multiply(accum, s["momentum"], out=accum)
    np.add(accum, g, out=accum)
    if s["use_nesterov"]:
        np.multiply(accum, s["momentum"], out=a)
        np.add(a, g, out=a)
        np.multiply(a, s["lr"], out=a)
    else:
        np.multiply(accum, s["lr"], out=a)
    np.subtract(var, a, out=var)


def _keras_momentum(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    var, accum = v
    np.multiply(g, s["lr"], out=a)
    np.multiply(accum, s["momentum"], out=accum)
    np.subtract(accum, a, out=accum)
    if s["use_nesterov"]:
        np.multiply(accum, s["momentum"], out=b)
        np.subtract(b, a, out=b)
        np.add(var, b, out=var)
    else:
        np.add(var, accum, out=var)


def _adam(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    var, m, second = v
    np.subtract(g, m, out=a)
    np.multiply(a, s["one_minus_beta1"], out=a)
    np.add(m, a, out=m)
    np.multiply(g, g, out=a)
    np.subtract(a, second, out=a)
    np.multiply(a, s["one_minus_beta2"], out=a)
    np.add(second, a, out=second)
    np.sqrt(second, out=a)
    np.add(a, s["epsilon"], out=a)
    if s["use_nesterov"]:
        np.multiply(m, s["beta1"], out=b)
        var_step = np.multiply(g, s["one_minus_beta1"])
        np.add(b, var_step, out=b)
        np.multiply(b, s["rate"], out=b)
    else:
        np.multiply(m, s["rate"], out=b)
    np.divide(b, a, out=b)
    np.subtract(var, b, out=var)


def _prepare_adam(s: Scalars) -> None:
    one = s["lr"].dtype.type(1)
    s["one_minus_beta1"] = one - s["beta1"]
    s["one_minus_beta2"] = one - s["beta2"]
    s["rate"] = s["lr"] * np.sqrt(one - s["beta2_power"]) / (one - s["beta1_power"])


def _prepare_rho(s: Scalars) -> None:
    s["one_minus_rho"] = s["rho"].dtype.type(1) - s["rho"]


def _average_square(mean: Any, g: Any, s: Scalars, a: Any) -> None:
    np.multiply(g, g, out=a)
    np.subtract(a, mean, out=a)
    np.multiply(a, s["one_minus_rho"], out=a)
    np.add(mean, a, out=mean)


def _move_by_momentum(var: Any, mom: Any, g: Any, s: Scalars, a: Any, b: Any) -> None:
    """Takes the step ``lr * g / sqrt(a)`` with momentum."""
    np.sqrt(a, out=a)
    np.multiply(g, s["lr"], out=b)
    np.divide(b, a, out=b)
    np.multiply(mom, s["momentum"], out=mom)
    np.add(mom, b, out=mom)
    np.subtract(var, mom, out=var)


def _rms_prop(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    var, ms, mom = v
    _average_square(ms, g, s, a)
    np.add(ms, s["epsilon"], out=a)
    _move_by_momentum(var, mom, g, s, a, b)


def _centered_rms_prop(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    var, mg, ms, mom = v
    _average_square(ms, g, s, a)
    np.subtract(g, mg, out=a)
    np.multiply(a, s["one_minus_rho"], out=a)
    np.add(mg, a, out=mg)
    np.multiply(mg, mg, out=a)
    np.subtract(ms, a, out=a)
    np.add(a, s["epsilon"], out=a)
    _move_by_momentum(var, mom, g, s, a, b)


def _adagrad(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    var, accum = v
    if s["update_slots"]:
        np.multiply(g, g, out=a)
        np.add(accum, a, out=accum)
    np.sqrt(accum, out=a)
    np.multiply(g, s["lr"], out=b)
    np.divide(b, a, out=b)
    np.subtract(var, b, out=var)


def _adadelta(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    var, accum, accum_update = v
    np.multiply(g, g, out=a)
    np.multiply(a, s["one_minus_rho"], out=a)
    np.multiply(accum, s["rho"], out=accum)
    np.add(accum, a, out=accum)
    np.add(accum, s["epsilon"], out=a)
    np.sqrt(a, out=a)
    np.add(accum_update, s["epsilon"], out=b)
    np.sqrt(b, out=b)
    np.divide(b, a, out=b)
    np.multiply(b, g, out=b)
    np.multiply(b, s["lr"], out=a)
    np.subtract(var, a, out=var)
    np.multiply(b, b, out=b)
    np.multiply(b, s["one_minus_rho"], out=b)
    np.multiply(accum_update, s["rho"], out=accum_update)
    np.add(accum_update, b, out=accum_update)


def _prepare_ftrl(s: Scalars) -> None:
    s["power"] = -s["lr_power"]
    s.setdefault("l2_shrinkage", s["lr"].dtype.type(0))


def _ftrl(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    var, accum, linear = v
    lr, l1, power = s["lr"], s["l1"], s["power"]
    if s["l2_shrinkage"] != 0:
        np.multiply(var, 2 * s["l2_shrinkage"], out=a)
        np.add(linear, a, out=linear)
    np.add(linear, g, out=linear)
    np.power(accum, power, out=b)
    np.multiply(g, g, out=a)
    np.add(accum, a, out=accum)
    np.power(accum, power, out=a)
    np.subtract(a, b, out=b)
    np.divide(b, lr, out=b)
    np.multiply(b, var, out=b)
    np.subtract(linear, b, out=linear)
    np.divide(a, lr, out=a)
    np.add(a, 2 * s["l2"], out=a)
    np.clip(linear, -l1, l1, out=b)
    np.subtract(b, linear, out=b)
    np.divide(b, a, out=var)


def _adagrad_v2(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    var, accum = v
    if s["update_slots"]:
        np.multiply(g, g, out=a)
        np.add(accum, a, out=accum)
    np.sqrt(accum, out=a)
    np.add(a, s["epsilon"], out=a)
    np.multiply(g, s["lr"], out=b)
    np.divide(b, a, out=b)
    np.subtract(var, b, out=var)


def _shrink(x: Any, threshold: Any, a: Any) -> None:
    """Moves numbers towards 0 by a threshold, and no further; `a` is overwritten."""
    np.absolute(x, out=a)
    np.subtract(a, threshold, out=a)
    np.maximum(a, 0, out=a)
    np.copysign(a, x, out=x)


def _adagrad_da(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    var, total, squares = v
    np.add(total, g, out=total)
    np.multiply(g, g, out=a)
    np.add(squares, a, out=squares)
    np.negative(total, out=var)
    _shrink(var, s["l1"] * s["global_step"], a)
    np.multiply(var, s["lr"], out=var)
    np.sqrt(squares, out=a)
    np.add(a, s["l2"] * s["global_step"] * s["lr"], out=a)
    np.divide(var, a, out=var)


def _proximal_adagrad(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    var, accum = v
    np.multiply(g, g, out=a)
    np.add(accum, a, out=accum)
    np.sqrt(accum, out=b)
    np.divide(s["lr"], b, out=b)
    np.multiply(g, b, out=a)
    np.subtract(var, a, out=var)
    _shrink(var, b * s["l1"], a)
    np.multiply(b, s["l2"], out=b)
    np.add(b, 1, out=b)
    np.divide(var, b, out=var)


def _proximal_gradient_descent(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    (var,) = v
    alpha = s["alpha"]
    np.multiply(g, alpha, out=a)
    np.subtract(var, a, out=var)
    _shrink(var, alpha * s["l1"], a)
    np.divide(var, 1 + alpha * s["l2"], out=var)


def _ada_max(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    var, m, largest = v
    np.subtract(g, m, out=a)
    np.multiply(a, s["one_minus_beta1"], out=a)
    np.add(m, a, out=m)
    np.absolute(g, out=a)
    np.multiply(largest, s["beta2"], out=largest)
    np.maximum(largest, a, out=largest)
    np.add(largest, s["epsilon"], out=a)
    np.divide(m, a, out=b)
    np.multiply(b, s["rate"], out=b)
    np.subtract(var, b, out=var)


def _prepare_ada_max(s: Scalars) -> None:
    one = s["lr"].dtype.type(1)
    s["one_minus_beta1"] = one - s["beta1"]
    s["rate"] = s["lr"] / (one - s["beta1_power"])


def _amsgrad(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    var, m, second, largest = v
    np.subtract(g, m, out=a)
    np.multiply(a, s["one_minus_beta1"], out=a)
    np.add(m, a, out=m)
    np.multiply(g, g, out=a)
    np.subtract(a, second, out=a)
    np.multiply(a, s["one_minus_beta2"], out=a)
    np.add(second, a, out=second)
    np.maximum(largest, second, out=largest)
    np.sqrt(largest, out=a)
    np.add(a, s["epsilon"], out=a)
    np.multiply(m, s["rate"], out=b)
    np.divide(b, a, out=b)
    np.subtract(var, b, out=var)


def _mean_and_agreement(m: Any, g: Any, s: Scalars, a: Any, b: Any) -> None:
    """Updates the mean; `b` becomes the decayed sign(g) * sign(m)."""
    np.multiply(m, s["beta"], out=m)
    np.multiply(g, 1 - s["beta"], out=a)
    np.add(m, a, out=m)
    np.sign(m, out=b)
    np.sign(g, out=a)
    np.multiply(b, a, out=b)
    np.multiply(b, s["sign_decay"], out=b)


def _add_sign(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    var, m = v
    _mean_and_agreement(m, g, s, a, b)
    np.add(b, s["alpha"], out=b)
    np.multiply(b, s["lr"], out=b)
    np.multiply(b, g, out=b)
    np.subtract(var, b, out=var)


def _power_sign(v: Arrays, g: Any, s: Scalars, a: Any, b: Any) -> None:
    var, m = v
    _mean_and_agreement(m, g, s, a, b)
    np.multiply(b, s["logbase"], out=b)
    np.exp(b, out=b)
    np.multiply(b, s["lr"], out=b)
    np.multiply(b, g, out=b)
    np.subtract(var, b, out=var)


# ---- The same as bodies of GPU kernels ----

# g is the gradient; W is what is computed in, float for 16-bit floats and else their own type.
WIDE = """
template <typename T, bool is_half = sizeof(T) == 2> struct tfsession_wide { typedef T type; };
template <typename T> struct tfsession_wide<T, true> { typedef float type; };
"""

_AVERAGE_SQUARE = "ms += (g * g - ms) * (one - rho);"
_STEP_BY_MOMENTUM = "mom = mom * momentum + g * lr / sqrt(root); var -= mom;"
_FTRL = """
W before = pow(accum, power);
linear += g + two * l2_shrinkage * var;
accum += g * g;
W after = pow(accum, power);
linear -= (after - before) / lr * var;
W clipped = min(max(linear, -l1), l1);
var = (clipped - linear) / (after / lr + two * l2);
"""
_SHRINK = "W size = abs({x}) - ({threshold}); size = size > W(0) ? size : W(0);"
_MEANS = "m += (g - m) * (one - beta1); v += (g * g - v) * (one - beta2);"
_RATE = "W rate = lr * sqrt(one - beta2_power) / (one - beta1_power);"
_AGREEMENT = (
    "m = m * beta + g * (one - beta);"
    "W agreement = W((g > W(0)) - (g < W(0))) * W((m > W(0)) - (m < W(0))) * sign_decay;"
)


@dataclass(frozen=True)
class _Formula:
    """One rule for both kinds of device.

    Attributes:
      pieces: the rule on pieces of NumPy arrays.
      prepare: adds to the scalars what is the same for all elements.
      body: the rule in CUDA C++; `one` and `two` are numbers of the type W.
    """

    pieces: Callable[..., None]
    body: str
    prepare: Callable[[Scalars], None] | None = None


_FORMULAS = {
    "GradientDescent": _Formula(_gradient_descent, "var -= g * alpha;"),
    "Momentum": _Formula(
        _momentum,
        "accum = accum * momentum + g;"
        "var -= use_nesterov ? (accum * momentum + g) * lr : accum * lr;",
    ),
    "KerasMomentum": _Formula(
        _keras_momentum,
        "accum = accum * momentum - g * lr;"
        "var += use_nesterov ? accum * momentum - g * lr : accum;",
    ),
    "Adam": _Formula(
        _adam,
        f"{_MEANS} {_RATE}"
        "W step = use_nesterov ? m * beta1 + g * (one - beta1) : m;"
        "var -= step * rate / (sqrt(v) + epsilon);",
        _prepare_adam,
    ),
    "RMSProp": _Formula(
        _rms_prop,
        f"{_AVERAGE_SQUARE} W root = ms + epsilon; {_STEP_BY_MOMENTUM}",
        _prepare_rho,
    ),
    "CenteredRMSProp": _Formula(
        _centered_rms_prop,
        f"{_AVERAGE_SQUARE} mg += (g - mg) * (one - rho);"
        f"W root = ms - mg * mg + epsilon; {_STEP_BY_MOMENTUM}",
        _prepare_rho,
    ),
    "Adagrad": _Formula(_adagrad, "if (update_slots) accum += g * g; var -= g * lr / sqrt(accum);"),
    "Adadelta": _Formula(
        _adadelta,
        "accum = accum * rho + g * g * (one - rho);"
        "W change = sqrt(accum_update + epsilon) / sqrt(accum + epsilon) * g;"
        "accum_update = accum_update * rho + change * change * (one - rho); var -= change * lr;",
        _prepare_rho,
    ),
    "Ftrl": _Formula(_ftrl, _FTRL, _prepare_ftrl),
    "FtrlV2": _Formula(_ftrl, _FTRL, _prepare_ftrl),
    "AdagradV2": _Formula(
        _adagrad_v2,
        "if (update_slots) accum += g * g; var -= g * lr / (sqrt(accum) + epsilon);",
    ),
    "AdagradDA": _Formula(
        _adagrad_da,
        "gradient_accumulator += g; gradient_squared_accumulator += g * g;"
        + _SHRINK.format(x="gradient_accumulator", threshold="l1 * global_step")
        + "var = (gradient_accumulator > W(0) ? -size : size) * lr"
        " / (sqrt(gradient_squared_accumulator) + l2 * global_step * lr);",
    ),
    "ProximalAdagrad": _Formula(
        _proximal_adagrad,
        "accum += g * g; W rate = lr / sqrt(accum); var -= g * rate;"
        + _SHRINK.format(x="var", threshold="rate * l1")
        + "var = (var < W(0) ? -size : size) / (one + rate * l2);",
    ),
    "ProximalGradientDescent": _Formula(
        _proximal_gradient_descent,
        "var -= g * alpha;"
        + _SHRINK.format(x="var", threshold="alpha * l1")
        + "var = (var < W(0) ? -size : size) / (one + alpha * l2);",
    ),
    "AdaMax": _Formula(
        _ada_max,
        "m += (g - m) * (one - beta1); v = max(v * beta2, abs(g));"
        "var -= lr / (one - beta1_power) * (m / (v + epsilon));",
        _prepare_ada_max,
    ),
    "AdamWithAmsgrad": _Formula(
        _amsgrad,
        f"{_MEANS} {_RATE} vhat = max(vhat, v); var -= m * rate / (sqrt(vhat) + epsilon);",
        _prepare_adam,
    ),
    "AddSign": _Formula(_add_sign, f"{_AGREEMENT} var -= lr * (alpha + agreement) * g;"),
    "PowerSign": _Formula(_power_sign, f"{_AGREEMENT} var -= lr * exp(logbase * agreement) * g;"),
}


# ---- Applying a rule ----


def _update_pieces(formula: _Formula, arrays: list[Any], g: Any, scalars: Scalars) -> None:
    """Applies a rule to NumPy arrays of the gradient's shape, in place."""
    flat = [array.reshape(-1) for array in arrays]
    g = g.reshape(-1)
    size = g.size
    if size <= LEAST:
        # Many variables are small: what goes around the arithmetic counts.
        a, b = _scratch.of(g.dtype)
        formula.pieces(flat, g, scalars, a[:size], b[:size])
        return
    count = max(-(-size // PIECE), min(threads.size(), size // LEAST))
    length = -(-size // max(1, count))

    def work(piece: int) -> None:
        part = slice(piece * length, min((piece + 1) * length, size))
        a, b = _scratch.of(g.dtype)
        taken = part.stop - part.start
        formula.pieces([x[part] for x in flat], g[part], scalars, a[:taken], b[:taken])

    threads.parallel(count, work, is_light=True)


@functools.cache
def _gpu_kernel(
    xp: Any, rule: str, variables: tuple[str, ...], scalars: tuple[str, ...], flags: str
) -> Any:
    """The compiled GPU kernel of a rule, for all element types.

    The variables are outputs that the kernel also reads, so that it needs one launch and no
    memory.
    """
    inputs = ("g", *scalars)
    return xp.ElementwiseKernel(
        ", ".join(f"T {name}_" for name in inputs),
        ", ".join(f"T {name}_" for name in variables),
        f"typedef typename tfsession_wide<T>::type W; {gpu_body(rule, inputs, variables, flags)}",
        f"tfsession_apply_{rule.lower()}",
        preamble=WIDE,
    )


def gpu_body(rule: str, inputs: Sequence[str], variables: Sequence[str], flags: str) -> str:
    """A rule on elements ``name_`` of type T, computed in W and rounded once.

    Args:
      rule: one of `_FORMULAS`.
      inputs: names of the gradient and the scalars.
      variables: names of what is updated.
      flags: declarations of the rule's flags.
    """
    read = "".join(f"const W {name} = W({name}_); " for name in inputs)
    read += "".join(f"W {name} = W({name}_); " for name in variables)
    write = "".join(f" {name}_ = T({name});" for name in variables)
    constants = f"const W one = W(1); const W two = W(2); {flags}"
    return f"{constants} {read}{_FORMULAS[rule].body}{write}"


def _update_gpu(
    xp: Any, rule: str, names: tuple[str, ...], arrays: list[Any], g: Any, scalars: Scalars
) -> None:
    """Applies a rule to CuPy arrays of the gradient's shape, in place, by one launch."""
    flags = "".join(
        f"const bool {name} = {str(value).lower()};"
        for name, value in scalars.items()
        if isinstance(value, bool)
    )
    numbers = {name: value for name, value in scalars.items() if not isinstance(value, bool)}
    compiled = _gpu_kernel(xp, rule, names, tuple(numbers), flags)
    compiled(g, *numbers.values(), *arrays)


class _Applied:
    """The inputs of one op of a rule, by name."""

    def __init__(self, op_name: str, rule: str) -> None:
        definition = OPS[op_name]
        names = [argument.name for argument in definition.inputs]
        self.rule = rule
        self.formula = _FORMULAS[rule]
        self.is_resource = op_name.startswith("Resource")
        self.is_sparse = "SparseApply" in op_name
        self.gradient = "delta" if "delta" in names else "grad"
        self.variables = tuple(
            argument.name
            for argument in definition.inputs
            if argument.is_ref or argument.dtype is dtypes.resource
        )
        self.scalars = tuple(
            (name, position)
            for position, name in enumerate(names)
            if name not in (*self.variables, self.gradient, "indices")
        )
        self.gradient_position = names.index(self.gradient)
        self.indices_position = names.index("indices") if self.is_sparse else 0

    def run(self, xp: Any, inputs: tuple[Any, ...], flags: dict[str, bool], on_gpu: bool) -> Any:
        """Updates the variables; returns what the op returns."""
        cells: list[VariableCell] = list(inputs[: len(self.variables)])
        scalars: Scalars = {name: inputs[position] for name, position in self.scalars}
        if "global_step" in scalars:
            dtype = inputs[self.gradient_position].dtype
            scalars["global_step"] = dtype.type(int(scalars["global_step"]))
        scalars.update(flags)
        # Always in the same order, so that two updates never wait for each other.
        locked = sorted(cells, key=id)
        _under_locks(locked, lambda: self._update(xp, cells, inputs, scalars, on_gpu))
        return None if self.is_resource else cells[0]

    def _update(
        self,
        xp: Any,
        cells: Sequence[VariableCell],
        inputs: tuple[Any, ...],
        scalars: Scalars,
        on_gpu: bool,
    ) -> None:
        arrays = [cell.writable() for cell in cells]
        if on_gpu:
            if self.formula.prepare is _prepare_ftrl:
                _prepare_ftrl(scalars)
            update = functools.partial(_update_gpu, xp, self.rule, self.variables)
        else:
            if self.formula.prepare is not None:
                self.formula.prepare(scalars)
            update = functools.partial(_update_pieces, self.formula)
        g = inputs[self.gradient_position]
        if self.is_sparse:
            _update_rows(update, arrays, g, inputs[self.indices_position], scalars)
        else:
            self._check_gradient(arrays[0], g)
            update(arrays, g, scalars)

    def _check_gradient(self, array: Any, g: Any) -> None:
        if array.shape != g.shape:
            raise InvalidArgumentError.of(
                f"var and {self.gradient} do not have the same shape"
                f"{format_shape(array)} {format_shape(g)}",
            )


def _under_locks(cells: Sequence[VariableCell], function: Callable[[], None]) -> None:
    """Calls a function while nobody else updates some cells."""
    if not cells:
        function()
        return
    # Nothing but `with` gives a lock back whenever Ctrl-C comes.
    with cells[0].lock:
        _under_locks(cells[1:], function)


def _update_rows(
    update: Callable[..., None], arrays: list[Any], g: Any, indices: Any, scalars: Scalars
) -> None:
    """Applies a rule to some rows; a row that occurs several times is updated several times."""
    check_indices(indices, arrays[0].shape[0])
    if indices.size == 0:
        return
    order = indices.argsort(kind="stable")
    ordered = indices[order]
    is_first = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    if is_first.all():
        turns = [order]
    else:
        positions = np.arange(order.size)
        starts = np.maximum.accumulate(np.where(is_first, positions, 0))
        occurrence = positions - starts
        turns = [order[occurrence == turn] for turn in range(int(occurrence.max()) + 1)]
    for chosen in turns:
        rows = indices[chosen]
        parts = [array[rows] for array in arrays]
        update(parts, g[chosen], scalars)
        for array, part in zip(arrays, parts, strict=True):
            array[rows] = part


def _register(op_name: str, rule: str) -> None:
    applied = _Applied(op_name, rule)
    flags = tuple(
        name
        for name, attribute in OPS[op_name].attributes.items()
        if attribute.type == "bool" and name != "use_locking"
    )

    def on_cpu(xp: Any, *inputs: Any) -> Any:
        return applied.run(xp, inputs, {}, False)

    def on_gpu(device: Any, *inputs: Any) -> Any:
        return applied.run(device.xp, inputs, {}, True)

    def nesterov_on_cpu(xp: Any, *inputs: Any, use_nesterov: bool) -> Any:
        return applied.run(xp, inputs, {"use_nesterov": use_nesterov}, False)

    def nesterov_on_gpu(device: Any, *inputs: Any, use_nesterov: bool) -> Any:
        return applied.run(device.xp, inputs, {"use_nesterov": use_nesterov}, True)

    def slots_on_cpu(xp: Any, *inputs: Any, update_slots: bool) -> Any:
        return applied.run(xp, inputs, {"update_slots": update_slots}, False)

    def slots_on_gpu(device: Any, *inputs: Any, update_slots: bool) -> Any:
        return applied.run(device.xp, inputs, {"update_slots": update_slots}, True)

    functions: dict[tuple[str, ...], tuple[Any, Any]] = {
        (): (on_cpu, on_gpu),
        ("use_nesterov",): (nesterov_on_cpu, nesterov_on_gpu),
        ("update_slots",): (slots_on_cpu, slots_on_gpu),
    }
    cpu, gpu = functions[flags]
    kernel(op_name, device="CPU")(cpu)
    # TensorFlow, too, updates rows on the CPU only.
    if not applied.is_sparse:
        host = ("global_step",) if "global_step" in dict(applied.scalars) else ()
        kernel(op_name, device="GPU", host=host)(gpu)


for _rule in _FORMULAS:
    for _prefix in ("Apply", "SparseApply", "ResourceApply", "ResourceSparseApply"):
        if f"{_prefix}{_rule}" in OPS:
            _register(f"{_prefix}{_rule}", _rule)
