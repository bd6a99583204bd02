# Written by tfsession/python/stubs.py.
from tfsession.ops.composite_flow import switch as switch
from tfsession.ops.composite_flow import merge as merge
from tfsession.ops.composite_flow import exit as exit
from tfsession.ops.composite_flow import enter as _enter
_Enter = _enter
from tfsession.ops.composite_flow import next_iteration as _next_iteration
_NextIteration = _next_iteration
from tfsession.ops.composite_flow import identity as _identity
_Identity = _identity
from tfsession.ops.control import *
from tfsession.ops.control_flow import *
from tfsession.control_flow.primitives import switch_ref_or_tensor as _switch_ref_or_tensor
_SwitchRefOrTensor = _switch_ref_or_tensor
from tfsession import py_func as py_func
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
