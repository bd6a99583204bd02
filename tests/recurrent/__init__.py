"""Small programs of recurrent networks: operations, variables and numbers are TensorFlow 1.15's.

Each module has `PROGRAMS`: name -> a function of the module `tf` that builds a graph and returns
what to fetch, in any structure. tests/golden/record_recurrent.py stores what TensorFlow 1.15 makes
of them, tests/test_recurrent.py compares. They run on Python 3.7, too.
"""

from __future__ import annotations

from tests.recurrent import cells, contrib_cells, crf, legacy, loops, seq2seq
from tests.recurrent.training import TRAININGS

MODULES = {
    "cells": cells.PROGRAMS,
    "contrib_cells": contrib_cells.PROGRAMS,
    "legacy": legacy.PROGRAMS,
    "loops": loops.PROGRAMS,
    "seq2seq": seq2seq.PROGRAMS,
}

# Programs of whose operations some differ: only results are compared.
RESULTS_ONLY = {**contrib_cells.RESULTS_ONLY, **crf.RESULTS_ONLY, **seq2seq.RESULTS_ONLY}

__all__ = ["MODULES", "RESULTS_ONLY", "TRAININGS"]
