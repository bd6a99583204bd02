"""`tf.initializers`."""

from tfsession.ops.initializers import (
    Initializer,
    constant_initializer,
    glorot_normal_initializer,
    glorot_uniform_initializer,
    he_normal_initializer,
    he_uniform_initializer,
    identity_initializer,
    lecun_normal_initializer,
    lecun_uniform_initializer,
    ones_initializer,
    orthogonal_initializer,
    random_normal_initializer,
    random_uniform_initializer,
    truncated_normal_initializer,
    uniform_unit_scaling_initializer,
    variance_scaling_initializer,
    zeros_initializer,
)
from tfsession.ops.initializers import constant_initializer as constant
from tfsession.ops.initializers import glorot_normal_initializer as glorot_normal
from tfsession.ops.initializers import glorot_uniform_initializer as glorot_uniform
from tfsession.ops.initializers import he_normal_initializer as he_normal
from tfsession.ops.initializers import he_uniform_initializer as he_uniform
from tfsession.ops.initializers import identity_initializer as identity
from tfsession.ops.initializers import lecun_normal_initializer as lecun_normal
from tfsession.ops.initializers import lecun_uniform_initializer as lecun_uniform
from tfsession.ops.initializers import ones_initializer as ones
from tfsession.ops.initializers import orthogonal_initializer as orthogonal
from tfsession.ops.initializers import random_normal_initializer as random_normal
from tfsession.ops.initializers import random_uniform_initializer as random_uniform
from tfsession.ops.initializers import truncated_normal_initializer as truncated_normal
from tfsession.ops.initializers import uniform_unit_scaling_initializer as uniform_unit_scaling
from tfsession.ops.initializers import variance_scaling_initializer as variance_scaling
from tfsession.ops.initializers import zeros_initializer as zeros
from tfsession.ops.lookup import tables_initializer
from tfsession.variables.collections import global_variables_initializer as global_variables
from tfsession.variables.collections import local_variables_initializer as local_variables
from tfsession.variables.collections import variables_initializer as variables

__all__ = [
    "Initializer",
    "constant",
    "constant_initializer",
    "global_variables",
    "glorot_normal",
    "glorot_normal_initializer",
    "glorot_uniform",
    "glorot_uniform_initializer",
    "he_normal",
    "he_normal_initializer",
    "he_uniform",
    "he_uniform_initializer",
    "identity",
    "identity_initializer",
    "lecun_normal",
    "lecun_normal_initializer",
    "lecun_uniform",
    "lecun_uniform_initializer",
    "local_variables",
    "ones",
    "ones_initializer",
    "orthogonal",
    "orthogonal_initializer",
    "random_normal",
    "random_normal_initializer",
    "random_uniform",
    "random_uniform_initializer",
    "tables_initializer",
    "truncated_normal",
    "truncated_normal_initializer",
    "uniform_unit_scaling",
    "uniform_unit_scaling_initializer",
    "variables",
    "variance_scaling",
    "variance_scaling_initializer",
    "zeros",
    "zeros_initializer",
]
