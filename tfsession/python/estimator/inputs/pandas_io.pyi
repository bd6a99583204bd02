# Written by tfsession/python/stubs.py.
from tfsession.estimator.inputs import pandas_input_fn as pandas_input_fn
