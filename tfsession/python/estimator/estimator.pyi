# Written by tfsession/python/stubs.py.
from tfsession.estimator.estimator import *
