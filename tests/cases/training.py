"""Records of the update rules, with the formulas of the papers in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.record import Case, positive

LR, RHO, MOMENTUM, EPSILON = 0.1, 0.9, 0.5, 1e-3
SHAPE = (4, 3)
ROWS = [3, 0]


def momentum(var, accum, g):
    return var - LR * (accum * MOMENTUM + g)


def keras_momentum(var, accum, g):
    return var + accum * MOMENTUM - LR * g


def adam(var, m, v, g):
    m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
    return var - LR * np.sqrt(1 - 0.99) / (1 - 0.9) * m / (np.sqrt(v) + EPSILON)


def rms_prop(var, ms, mom, g):
    return var - (mom * MOMENTUM + LR * g / np.sqrt(RHO * ms + (1 - RHO) * g * g + EPSILON))


def centered(var, mg, ms, mom, g):
    # A mean far below the root of the mean of squares keeps the variance positive.
    mg, ms = RHO * mg + (1 - RHO) * g, RHO * ms + (1 - RHO) * g * g
    return var - (mom * MOMENTUM + LR * g / np.sqrt(ms - mg * mg + EPSILON))


def adagrad(var, accum, g):
    return var - LR * g / np.sqrt(accum + g * g)


def adadelta(var, accum, accum_update, g):
    accum = RHO * accum + (1 - RHO) * g * g
    return var - LR * np.sqrt(accum_update + EPSILON) / np.sqrt(accum + EPSILON) * g


def ftrl(var, accum, linear, g):
    after = accum + g * g
    linear = linear + g - (np.sqrt(after) - np.sqrt(accum)) / LR * var
    clipped = np.clip(linear, -0.01, 0.01)
    return (clipped - linear) / (np.sqrt(after) / LR + 2 * 0.02)


def shrinking(var, accum, linear, g):
    return ftrl(var, accum, linear + 2 * 0.03 * var, g)


def shrink(x, threshold):
    return np.sign(x) * np.maximum(np.abs(x) - threshold, 0)


def adagrad_v2(var, accum, g):
    return var - LR * g / (np.sqrt(accum + g * g) + EPSILON)


def adagrad_da(var, total, squares, g):
    total, squares = total + g, squares + g * g
    return -LR * shrink(total, 0.3 * 7) / (0.02 * 7 * LR + np.sqrt(squares))


def proximal_adagrad(var, accum, g):
    rate = LR / np.sqrt(accum + g * g)
    return shrink(var - rate * g, rate * 0.3) / (1 + rate * 0.02)


def proximal_gradient_descent(var, g):
    return shrink(var - LR * g, LR * 0.3) / (1 + LR * 0.02)


def ada_max(var, m, v, g):
    m, v = 0.9 * m + 0.1 * g, np.maximum(0.99 * v, np.abs(g))
    return var - LR / (1 - 0.9) * m / (v + EPSILON)


def amsgrad(var, m, v, largest, g):
    return adam(var, m, np.maximum(v, (largest - 0.01 * g * g) / 0.99), g)


def add_sign(var, m, g):
    return var - LR * (1.5 + 0.8 * np.sign(g) * np.sign(0.9 * m + 0.1 * g)) * g


def power_sign(var, m, g):
    return var - LR * np.exp(0.7 * 0.8 * np.sign(g) * np.sign(0.9 * m + 0.1 * g)) * g


_RMS = {"lr": LR, "rho": RHO, "momentum": MOMENTUM, "epsilon": EPSILON}
_FTRL = {"lr": LR, "l1": 0.01, "l2": 0.02, "lr_power": -0.5}

# Rule: names of the variables, hyperparameters, formula, whether it has sparse ops.
RULES: dict[str, tuple[tuple[str, ...], dict[str, float], Callable[..., Any], bool]] = {
    "GradientDescent": (("var",), {"alpha": LR}, lambda var, g: var - LR * g, False),
    "Momentum": (("var", "accum"), {"lr": LR, "momentum": MOMENTUM}, momentum, True),
    "KerasMomentum": (("var", "accum"), {"lr": LR, "momentum": MOMENTUM}, keras_momentum, True),
    "Adam": (
        ("var", "m", "v"),
        {"beta1_power": 0.9, "beta2_power": 0.99, "lr": LR, "beta1": 0.9, "beta2": 0.99,
         "epsilon": EPSILON},
        adam,
        False,
    ),
    "RMSProp": (("var", "ms", "mom"), _RMS, rms_prop, True),
    "CenteredRMSProp": (("var", "mg", "ms", "mom"), _RMS, centered, True),
    "Adagrad": (("var", "accum"), {"lr": LR}, adagrad, True),
    "Adadelta": (
        ("var", "accum", "accum_update"),
        {"lr": LR, "rho": RHO, "epsilon": EPSILON},
        adadelta,
        True,
    ),
    "Ftrl": (("var", "accum", "linear"), _FTRL, ftrl, True),
    "FtrlV2": (("var", "accum", "linear"), {**_FTRL, "l2_shrinkage": 0.03}, shrinking, True),
    "AdagradV2": (("var", "accum"), {"lr": LR, "epsilon": EPSILON}, adagrad_v2, True),
    "AdagradDA": (
        ("var", "gradient_accumulator", "gradient_squared_accumulator"),
        {"lr": LR, "l1": 0.3, "l2": 0.02, "global_step": 7},
        adagrad_da,
        True,
    ),
    "ProximalAdagrad": (
        ("var", "accum"), {"lr": LR, "l1": 0.3, "l2": 0.02}, proximal_adagrad, True
    ),
    "ProximalGradientDescent": (
        ("var",), {"alpha": LR, "l1": 0.3, "l2": 0.02}, proximal_gradient_descent, True
    ),
    "AdaMax": (
        ("var", "m", "v"),
        {"beta1_power": 0.9, "lr": LR, "beta1": 0.9, "beta2": 0.99, "epsilon": EPSILON},
        ada_max,
        False,
    ),
    "AdamWithAmsgrad": (
        ("var", "m", "v", "vhat"),
        {"beta1_power": 0.9, "beta2_power": 0.99, "lr": LR, "beta1": 0.9, "beta2": 0.99,
         "epsilon": EPSILON},
        amsgrad,
        False,
    ),
    "AddSign": (
        ("var", "m"),
        {"lr": LR, "alpha": 1.5, "sign_decay": 0.8, "beta": 0.9},
        add_sign,
        False,
    ),
    "PowerSign": (
        ("var", "m"),
        {"lr": LR, "logbase": 0.7, "sign_decay": 0.8, "beta": 0.9},
        power_sign,
        False,
    ),
}  # fmt: skip


def _build(rule: str, is_sparse: bool, is_resource: bool) -> Callable[..., Any]:
    names, numbers, _, _ = RULES[rule]

    def build(tf: Any, *tensors: Any) -> Any:
        *initial, gradient = tensors
        variables = [tf.Variable(x, use_resource=is_resource) for x in initial]
        op = getattr(
            tf.raw_ops,
            f"{'Resource' if is_resource else ''}{'Sparse' if is_sparse else ''}Apply{rule}",
        )
        inputs: dict[str, Any] = {
            name: variable.handle if is_resource else variable._ref()
            for name, variable in zip(names, variables, strict=True)
        }
        inputs |= {
            name: tf.constant(x, tf.int64 if name == "global_step" else gradient.dtype)
            for name, x in numbers.items()
        }
        has_delta = rule.endswith("GradientDescent") and not is_sparse
        inputs["delta" if has_delta else "grad"] = gradient
        if is_sparse:
            inputs["indices"] = tf.constant(ROWS)
        with tf.control_dependencies([variable.initializer for variable in variables]):
            update = op(**inputs)
        with tf.control_dependencies([update.op if hasattr(update, "op") else update]):
            return variables[0].read_value()

    return build


def _expected(rule: str, is_sparse: bool) -> Callable[..., Any]:
    formula = RULES[rule][2]

    def dense(*arrays: np.ndarray) -> np.ndarray:
        return formula(*arrays).astype(arrays[0].dtype)

    def sparse(*arrays: np.ndarray) -> np.ndarray:
        *variables, g = arrays
        result = variables[0].copy()
        result[ROWS] = formula(*(variable[ROWS] for variable in variables), g)
        return result

    return sparse if is_sparse else dense


def _inputs(rule: str, is_sparse: bool) -> Callable[..., Any]:
    names = RULES[rule][0]
    gradient = (len(ROWS), *SHAPE[1:]) if is_sparse else SHAPE
    make = positive(*(SHAPE for _ in names), gradient)

    def inputs(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        arrays = make(rng, dtype)
        if rule == "CenteredRMSProp":
            arrays[1] *= dtype.type(0.1)
            arrays[2] += dtype.type(4)
        return arrays

    return inputs


CASES = [
    Case(
        f"{'Resource' if is_resource else ''}{'Sparse' if is_sparse else ''}Apply{rule}",
        "",
        _build(rule, is_sparse, is_resource),
        _inputs(rule, is_sparse),
        ("float32", "float64"),
        _expected(rule, is_sparse),
        gradient=False,
        unknown=False,
    )
    for rule, (_, _, _, has_sparse) in RULES.items()
    for is_sparse in ((False, True) if has_sparse else (False,))
    for is_resource in ((True,) if rule in ("KerasMomentum", "AdamWithAmsgrad") else (False, True))
]
