"""Says which packages the tests need and this Python lacks; `make test-gpu` asks first.

Only modules of Python itself are imported: that is the point.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable

#: Modules that collecting all tests imports, and the one that GPUs need, with their packages.
MODULES = {
    "numpy": "numpy",
    "google.protobuf": "protobuf",
    "ml_dtypes": "ml_dtypes",
    "google_crc32c": "google-crc32c",
    "threadpoolctl": "threadpoolctl",
    "rich": "rich",
    "pynvml": "nvidia-ml-py",
    "pytest": "pytest",
    "hypothesis": "hypothesis",
    "absl": "absl-py",
    "attr": "attrs",
    "cupy": "cupy-cuda13x[ctk]",
}


def is_there(module: str) -> bool:
    """Whether a module can be imported."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the package around it is not there
        return False


def complaint(
    is_there: Callable[[str], bool] = is_there, version: tuple[int, int] = sys.version_info[:2]
) -> str:
    """One line that says what is missing; empty where nothing is."""
    if version < (3, 11):
        return f"{sys.executable} is Python {version[0]}.{version[1]}; want 3.11 or newer"
    missing = [package for module, package in MODULES.items() if not is_there(module)]
    if not missing:
        return ""
    words = " ".join(f"'{name}'" if "[" in name else name for name in missing)
    return f"{sys.executable} lacks what the tests need: {sys.executable} -m pip install {words}"


if __name__ == "__main__":
    sys.exit(complaint() or 0)
