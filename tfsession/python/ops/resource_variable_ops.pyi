# Written by tfsession/python/stubs.py.
from tfsession.variables.resource import ResourceVariable as ResourceVariable
from tfsession.variables.resource import is_resource_variable as is_resource_variable
from tfsession.python.internals import _to_proto_fn as _to_proto_fn
from tfsession.python.internals import _from_proto_fn as _from_proto_fn
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
