"""`tf.contrib.framework`: scopes of arguments, variables of models, and helpers around graphs."""

from tfsession import nest as nest
from tfsession.contrib.framework.checkpoints import *
from tfsession.contrib.framework.scopes import (
    add_arg_scope as add_arg_scope,
    arg_scope as arg_scope,
    arg_scoped_arguments as arg_scoped_arguments,
    current_arg_scope as current_arg_scope,
    has_arg_scope as has_arg_scope,
)
from tfsession.contrib.framework.tensors import *
from tfsession.contrib.framework.variables import *
from tfsession.graph.composites import (
    convert_to_tensor_or_sparse_tensor as convert_to_tensor_or_sparse_tensor,
)
from tfsession.graph.scopes import (
    prepend_name_scope as prepend_name_scope,
    strip_name_scope as strip_name_scope,
)
from tfsession.names.absent import explain_in as _explain_in
from tfsession.names.paths import register as _register
from tfsession.ops.check import (
    assert_same_float_dtype as assert_same_float_dtype,
    assert_scalar as assert_scalar,
)
from tfsession.ops.control_flow import (
    smart_cond as smart_cond,
    smart_constant_value as smart_constant_value,
)
from tfsession.ops.sorting import argsort as argsort, sort as sort
from tfsession.train.checkpoint_values import (
    init_from_checkpoint as init_from_checkpoint,
    list_variables as list_variables,
    load_checkpoint as load_checkpoint,
    load_variable as load_variable,
)
from tfsession.variables.variable import is_tensor as is_tensor

# Scripts also import from the files in which TensorFlow defines these.
_register(
    __name__,
    {
        "python.framework": "contrib.framework",
        "python.framework.checkpoint_utils": "contrib.framework",
        "python.framework.experimental": "contrib.framework",
        "python.framework.graph_util": "contrib.framework",
        "python.framework.tensor_util": "contrib.framework",
        "python.ops": "contrib.framework contrib.framework.scopes",
        "python.ops.arg_scope": (
            "contrib.framework.scopes"
            " contrib.framework.scopes:_key_op=arg_scope_func_key,_get_arg_stack=current_arg_scope"
        ),
        "python.ops.ops": "contrib.framework.tensors",
        "python.ops.sort_ops": "contrib.framework",
        "python.ops.variables": "contrib.framework.variables contrib.framework",
    },
)

_explain_in(__name__)
