# Written by tfsession/python/stubs.py.
from tfsession.estimator.inputs import *
