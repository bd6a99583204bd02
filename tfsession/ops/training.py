"""The update rules of optimizers, as ops that change variables in place.

Each rule has up to four ops: on reference variables and on resource variables, with a dense
gradient and with rows of one (`Sparse`). They differ only in how they name the variables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tfsession import shapes
from tfsession.graph.build import build
from tfsession.graph.operation import Tensor
from tfsession.ops.state import NUMBERS, handle_dims
from tfsession.registry import op, ranks, shape, undefined_gradient
from tfsession.shapes import Dims

__all__: list[str] = []


@dataclass(frozen=True)
class Rule:
    """An update rule.

    Attributes:
      name: as in the name of its ops, such as "Adam".
      variables: the variables that it changes, all of one shape.
      dense: the other inputs of its dense ops, in order, among them `gradient`.
      sparse: the other inputs of its sparse ops, in order, or () when there are none.
      gradient: the name of the input that holds a dense gradient.
      attributes: definitions of attributes beyond T and use_locking.
      has_reference: whether there are ops on reference variables.
    """

    name: str
    variables: tuple[str, ...]
    dense: tuple[str, ...]
    sparse: tuple[str, ...] = ()
    gradient: str = "grad"
    attributes: str = ""
    has_reference: bool = True


_NESTEROV = "; use_nesterov: bool = false"
_UPDATE_SLOTS = "; update_slots: bool = true"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


RULES = (
    Rule("GradientDescent", ("var",), _words("alpha delta"), gradient="delta"),
    Rule(
        "Momentum",
        _words("var accum"),
        _words("lr grad momentum"),
        _words("lr grad indices momentum"),
        attributes=_NESTEROV,
    ),
    Rule(
        "KerasMomentum",
        _words("var accum"),
        _words("lr grad momentum"),
        _words("lr grad indices momentum"),
        attributes=_NESTEROV,
        has_reference=False,
    ),
    Rule(
        "Adam",
        _words("var m v"),
        _words("beta1_power beta2_power lr beta1 beta2 epsilon grad"),
        attributes=_NESTEROV,
    ),
    Rule(
        "RMSProp",
        _words("var ms mom"),
        _words("lr rho momentum epsilon grad"),
        _words("lr rho momentum epsilon grad indices"),
    ),
    Rule(
        "CenteredRMSProp",
        _words("var mg ms mom"),
        _words("lr rho momentum epsilon grad"),
        _words("lr rho momentum epsilon grad indices"),
    ),
    Rule(
        "Adagrad",
        _words("var accum"),
        _words("lr grad"),
        _words("lr grad indices"),
        attributes=_UPDATE_SLOTS,
    ),
    Rule(
        "Adadelta",
        _words("var accum accum_update"),
        _words("lr rho epsilon grad"),
        _words("lr rho epsilon grad indices"),
    ),
    Rule(
        "Ftrl",
        _words("var accum linear"),
        _words("grad lr l1 l2 lr_power"),
        _words("grad indices lr l1 l2 lr_power"),
    ),
    Rule(
        "FtrlV2",
        _words("var accum linear"),
        _words("grad lr l1 l2 l2_shrinkage lr_power"),
        _words("grad indices lr l1 l2 l2_shrinkage lr_power"),
    ),
    Rule(
        "AdagradV2",
        _words("var accum"),
        _words("lr epsilon grad"),
        _words("lr epsilon grad indices"),
        attributes=_UPDATE_SLOTS,
    ),
    Rule(
        "AdagradDA",
        _words("var gradient_accumulator gradient_squared_accumulator"),
        _words("grad lr l1 l2 global_step"),
        _words("grad indices lr l1 l2 global_step"),
    ),
    Rule(
        "ProximalAdagrad",
        _words("var accum"),
        _words("lr l1 l2 grad"),
        _words("lr l1 l2 grad indices"),
    ),
    Rule(
        "ProximalGradientDescent",
        ("var",),
        _words("alpha l1 l2 delta"),
        _words("alpha l1 l2 grad indices"),
        gradient="delta",
    ),
    Rule("AdaMax", _words("var m v"), _words("beta1_power lr beta1 beta2 epsilon grad")),
    Rule(
        "AdamWithAmsgrad",
        _words("var m v vhat"),
        _words("beta1_power beta2_power lr beta1 beta2 epsilon grad"),
        has_reference=False,
    ),
    Rule("AddSign", _words("var m"), _words("lr alpha sign_decay beta grad")),
    Rule("PowerSign", _words("var m"), _words("lr logbase sign_decay beta grad")),
)

# What is not of the dtype of the variables.
_TYPES = {"indices": "Tindices", "global_step": "int64"}


# ---- Apply..., SparseApply..., ResourceApply..., ResourceSparseApply... ----


def _define(rule: Rule, others: tuple[str, ...], is_sparse: bool, is_resource: bool) -> None:
    kind = "resource" if is_resource else "Ref(T)"
    inputs = [f"{name}: {kind}" for name in rule.variables]
    inputs += [f"{name}: {_TYPES.get(name, 'T')}" for name in others]
    name = f"{'Resource' if is_resource else ''}{'Sparse' if is_sparse else ''}Apply{rule.name}"
    indices = "; Tindices: {int32, int64}" if is_sparse else ""
    op(
        f"{name}({', '.join(inputs)}){'' if is_resource else ' -> out: Ref(T)'}",
        f"T: {NUMBERS}{indices}; use_locking: bool = false{rule.attributes}",
        stateful=is_resource,
    )
    if is_sparse:
        shape(name)(_rows_shape)
    else:
        shape(name)(_delta_shape if rule.gradient == "delta" else _gradient_shape)
    scalars = dict.fromkeys(set(others) - {"grad", "delta", "indices"}, 0)
    ranks(name, indices=1, **scalars)
    undefined_gradient(name)


def _fitting(var: Tensor, gradient: Dims) -> Any:
    """The variable's shape, having checked that the gradient has it; nothing for a handle."""
    if var.dtype.is_ref_dtype:
        return shapes.merge_dims(var.dims, gradient)
    shapes.merge_dims(handle_dims(var), gradient)
    return []


def _delta_shape(var: Tensor, delta: Tensor) -> Any:
    return _fitting(var, delta.dims)


def _gradient_shape(var: Tensor, grad: Tensor) -> Any:
    return _fitting(var, grad.dims)


def _rows_shape(var: Tensor, grad: Tensor, indices: Tensor) -> Any:
    if indices.dims is not None and grad.dims:
        shapes.merge_dim(indices.dims[0], grad.dims[0])
    return _fitting(var, None if grad.dims is None else (None, *grad.dims[1:]))


for _rule in RULES:
    for _is_resource in (False, True):
        if _is_resource or _rule.has_reference:
            _define(_rule, _rule.dense, False, _is_resource)
            if _rule.sparse:
                _define(_rule, _rule.sparse, True, _is_resource)


def apply_rule(rule: str, variables: list[Any], *others: Any, **attrs: Any) -> Any:
    """Adds the op of an update rule.

    Args:
      rule: the rule's name with "Sparse" before it for rows of a gradient, such as
        "Adam" or "SparseMomentum".
      variables: the Variables that it changes, all references or all resources.
      *others: the other inputs in the op's order.
      **attrs: attributes.

    Returns:
      The Operation.

    Raises:
      ValueError: the shape of the gradient is known and not the variable's.
    """
    name = f"SparseApply{rule[6:]}" if rule.startswith("Sparse") else f"Apply{rule}"
    first = variables[0]
    if first.dtype.is_ref_dtype:
        references = [variable._ref() for variable in variables]
        return build(name, *references, *others, **attrs).op
    handles = [variable.handle for variable in variables]
    return build(f"Resource{name}", *handles, *others, **attrs)
