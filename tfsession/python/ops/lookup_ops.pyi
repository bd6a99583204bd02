# Written by tfsession/python/stubs.py.
from tfsession.lookup import *
from tfsession import tables_initializer as tables_initializer
from tfsession import initialize_all_tables as initialize_all_tables
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
