"""Stores what TensorFlow 1.15 makes of the programs of tests/results.

Usage, with a Python that has TensorFlow 1.15: python tests/golden/record_results.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.recurrent import outcome  # noqa: E402  # what lies beside this
from tests.results import PROGRAMS  # noqa: E402


def recorded(tf: Any) -> dict[str, Any]:
    """The results of all programs, one by one."""
    return {
        f"{name} {number}": result
        for name, build in PROGRAMS.items()
        for number, result in enumerate(outcome.outcome(tf, build)["results"])
    }


if __name__ == "__main__":
    import tensorflow

    np.savez_compressed(ROOT / "tests" / "golden" / "results.npz", **recorded(tensorflow))
