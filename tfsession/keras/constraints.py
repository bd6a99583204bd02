"""`tf.keras.constraints`."""

from typing import Any as _Any

from tfsession.layers import identifiers as _identifiers
from tfsession.layers.constraints import (
    Constraint as Constraint,
    MaxNorm as MaxNorm,
    MinMaxNorm as MinMaxNorm,
    NonNeg as NonNeg,
    RadialConstraint as RadialConstraint,
    UnitNorm as UnitNorm,
)
from tfsession.layers.identifiers import constraint as get
from tfsession.names.absent import explain_in as _explain_in

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "RadialConstraint",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "radial_constraint",
    "serialize",
    "unit_norm",
]

max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
radial_constraint = RadialConstraint
unit_norm = UnitNorm


def serialize(constraint: _Any) -> _Any:
    """The class and the configuration of a constraint.

    Source: TensorFlow 1.15 `tf.keras.constraints.serialize`.
    """
    return _identifiers.described(constraint)


def deserialize(config: _Any, custom_objects: _Any = None) -> _Any:
    """The constraint that `serialize` described.

    Raises:
      ValueError: the class is not known.

    Source: TensorFlow 1.15 `tf.keras.constraints.deserialize`.
    """
    return _identifiers.deserialize(config, _identifiers.CONSTRAINTS, "constraint", custom_objects)


_explain_in(__name__)
