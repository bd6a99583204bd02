# Written by tfsession/python/stubs.py.
from tfsession import fft as fft
from tfsession import fft2d as fft2d
from tfsession import fft3d as fft3d
from tfsession import ifft as ifft
from tfsession import ifft2d as ifft2d
from tfsession import ifft3d as ifft3d
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
