"""Small programs of families: names, variables, collections and numbers are TensorFlow 1.15's.

Each module has `RUNS`: name -> a function of the module `tf` that builds a graph and returns what
to fetch. tests/golden/record_runs.py stores what TensorFlow 1.15 makes of them, tests/test_runs.py
compares.
"""
