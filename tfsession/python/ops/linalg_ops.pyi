# Written by tfsession/python/stubs.py.
from tfsession.linalg import *
from tfsession import norm as norm
from tfsession import svd as svd
from tfsession import qr as qr
from tfsession import cholesky as cholesky
from tfsession import self_adjoint_eig as self_adjoint_eig
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
