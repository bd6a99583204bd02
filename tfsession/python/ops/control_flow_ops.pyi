# Written by tfsession/python/stubs.py.
from tfsession.ops.control import *
from tfsession.ops.control_flow import *
from tfsession import py_func as py_func
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
