# Written by tfsession/python/stubs.py.
from tfsession.graph.proto_functions import register_proto_function as register_proto_function
from tfsession.graph.graph import Graph as Graph
from tfsession.graph.graph import default_graphs as _default_graphs
_default_graph_stack = _default_graphs
from tfsession.graph.operation import Operation as Operation
from tfsession.graph.operation import Tensor as Tensor
from tfsession.graph.scopes import GraphKeys as GraphKeys
from tfsession.graph.scopes import name_scope as name_scope
from tfsession.graph.scopes import op_scope as op_scope
from tfsession.graph.scopes import init_scope as init_scope
from tfsession.graph.scopes import device as device
from tfsession.graph.scopes import container as container
from tfsession.graph.scopes import control_dependencies as control_dependencies
from tfsession.graph.scopes import get_default_graph as get_default_graph
from tfsession.graph.scopes import reset_default_graph as reset_default_graph
from tfsession.graph.scopes import add_to_collection as add_to_collection
from tfsession.graph.scopes import add_to_collections as add_to_collections
from tfsession.graph.scopes import get_collection as get_collection
from tfsession.graph.scopes import get_collection_ref as get_collection_ref
from tfsession.graph.scopes import get_all_collection_keys as get_all_collection_keys
from tfsession.graph.scopes import graph_of as _graph_of
_get_graph_from_inputs = _graph_of
from tfsession.graph.scopes import strip_name_scope as strip_name_scope
from tfsession.graph.scopes import prepend_name_scope as prepend_name_scope
from tfsession.ops.control import colocate_with as colocate_with
from tfsession.python.internals import name_from_scope_name as name_from_scope_name
from tfsession.python.internals import uid as uid
from tfsession.python.internals import inside_function as inside_function
from tfsession.python.internals import has_default_graph as has_default_graph
from tfsession.python.internals import executing_eagerly as _executing_eagerly
executing_eagerly_outside_functions = _executing_eagerly
from tfsession.graph.default_session import get_default_session as get_default_session
from tfsession.graph.default_session import default_sessions as _default_sessions
_default_session_stack = _default_sessions
from tfsession.graph.build import convert_to_tensor as convert_to_tensor
from tfsession.graph.build import convert_to_tensor as _convert_to_tensor
internal_convert_to_tensor = _convert_to_tensor
from tfsession.graph.build import convert_n_to_tensor as convert_n_to_tensor
from tfsession.graph.build import register_tensor_conversion_function as register_tensor_conversion_function
from tfsession.graph.composites import IndexedSlices as IndexedSlices
from tfsession.graph.composites import IndexedSlicesValue as IndexedSlicesValue
from tfsession.graph.composites import convert_to_tensor_or_indexed_slices as convert_to_tensor_or_indexed_slices
from tfsession.graph.composites import convert_n_to_tensor_or_indexed_slices as convert_n_to_tensor_or_indexed_slices
from tfsession.autodiff.gradients import RegisterGradient as RegisterGradient
from tfsession.autodiff.gradients import NotDifferentiable as NotDifferentiable
from tfsession.autodiff.gradients import NotDifferentiable as _NotDifferentiable
NoGradient = _NotDifferentiable
from tfsession.autodiff.gradients import get_gradient_function as get_gradient_function
