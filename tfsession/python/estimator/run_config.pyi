# Written by tfsession/python/stubs.py.
from tfsession.estimator.run_config import *
