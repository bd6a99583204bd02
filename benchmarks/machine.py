"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
import re
from importlib import metadata
from pathlib import Path


def cpu_model() -> str:
    """The CPU's product name, as far as the system tells."""
    path = Path("/proc/cpuinfo")
    text = path.read_text() if path.exists() else ""
    match = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    return match[1] if match else platform.processor() or platform.machine()


def describe() -> dict[str, str | int]:
    """The machine, its system, and the packages that tfsession computes with."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cpu": cpu_model(),
        "cores": cores or 0,
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": metadata.version("numpy"),
    }
