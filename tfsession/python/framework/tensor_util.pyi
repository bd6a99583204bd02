# Written by tfsession/python/stubs.py.
from tfsession.formats.tensor_proto import make_tensor_proto as make_tensor_proto
from tfsession.formats.tensor_proto import MakeNdarray as MakeNdarray
from tfsession.graph.static_values import public_constant_value as _public_constant_value
constant_value = _public_constant_value
from tfsession.graph.static_values import public_constant_value_as_shape as _public_constant_value_as_shape
constant_value_as_shape = _public_constant_value_as_shape
from tfsession.variables.variable import is_tensor as is_tensor
from tfsession.python.internals import ShapeEquals as ShapeEquals
