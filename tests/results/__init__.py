"""Small programs of many families, whose results are TensorFlow 1.15's.

Each module has `PROGRAMS`: name -> a function of the module `tf` that builds a graph and returns
what to fetch, in any structure. tests/golden/record_results.py stores what TensorFlow 1.15 makes
of them, tests/test_results.py compares. They run on Python 3.7, too.
"""

from __future__ import annotations

from tests.results import contrib_distributions, distributions, linear_operators

PROGRAMS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": build
    for module in (contrib_distributions, distributions, linear_operators)
    for name, build in module.PROGRAMS.items()
}
