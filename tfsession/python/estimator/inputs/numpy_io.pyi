# Written by tfsession/python/stubs.py.
from tfsession.estimator.inputs import numpy_input_fn as numpy_input_fn
