"""Kernels: what computes each op, with NumPy on the CPU and with CuPy on the GPU.

The files are in kernels/ at the top of the repository, and in tfsession/kernels/ once installed.
A module with a ``__path__`` is a package, so ``import tfsession.kernels.math`` works in both.
"""

from pathlib import Path

_folders = (Path(__file__).with_name("kernels"), Path(__file__).parents[1] / "kernels")
__path__ = [str(folder) for folder in _folders if folder.is_dir()][:1]
