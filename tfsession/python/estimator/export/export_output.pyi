# Written by tfsession/python/stubs.py.
from tfsession.estimator.export_outputs import *
