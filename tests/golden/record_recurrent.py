"""Stores what TensorFlow 1.15 makes of the programs of tests/recurrent.

Usage, with a Python that has TensorFlow 1.15: python tests/golden/record_recurrent.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.recurrent import MODULES, RESULTS_ONLY, TRAININGS, outcome  # noqa: E402  # what lies beside this


def recorded(tf: Any) -> dict[str, Any]:
    """The arrays of all programs: the operations as one text, what is fetched one by one."""
    arrays = {}
    for module, programs in MODULES.items():
        for name, build in programs.items():
            made = outcome.outcome(tf, build)
            key = f"{module}.{name}"
            arrays[f"{key} operations"] = np.array("\n".join(made["operations"]))
            arrays[f"{key} variables"] = np.array("\n".join(made["variables"]))
            for number, result in enumerate(made["results"]):
                arrays[f"{key} result {number}"] = result
    for name, build in RESULTS_ONLY.items():
        for number, result in enumerate(outcome.outcome(tf, build)["results"]):
            arrays[f"{name} result {number}"] = result
    for name, build in TRAININGS.items():
        arrays[f"losses of {name}"] = outcome.losses(tf, build)
    return arrays


if __name__ == "__main__":
    import tensorflow

    np.savez_compressed(ROOT / "tests" / "golden" / "recurrent.npz", **recorded(tensorflow))
