# Written by tfsession/python/stubs.py.
from tfsession import py_func as py_func
from tfsession import numpy_function as numpy_function
from tfsession import py_func as _py_func
py_func_common = _py_func
from tfsession import py_function as _py_function
eager_py_func = _py_function
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
