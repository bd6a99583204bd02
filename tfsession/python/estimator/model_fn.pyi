# Written by tfsession/python/stubs.py.
from tfsession.estimator.model_fn import *
