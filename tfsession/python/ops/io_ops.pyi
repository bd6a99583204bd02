# Written by tfsession/python/stubs.py.
from tfsession.ops.io import *
from tfsession import read_file as read_file
from tfsession import write_file as write_file
from tfsession import matching_files as matching_files
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
