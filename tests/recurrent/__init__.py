"""Small programs of recurrent networks: operations, variables and numbers are TensorFlow 1.15's.

Each module has `PROGRAMS`: name -> a function of the module `tf` that builds a graph and returns
what to fetch, in any structure. tests/golden/record_recurrent.py stores what TensorFlow 1.15 makes
of them, tests/test_recurrent.py compares. They run on Python 3.7, too.
"""

from __future__ import annotations

from tests.recurrent import cells, loops
from tests.recurrent.training import TRAININGS

MODULES = {"cells": cells.PROGRAMS, "loops": loops.PROGRAMS}

__all__ = ["MODULES", "TRAININGS"]
