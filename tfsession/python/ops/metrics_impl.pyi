# Written by tfsession/python/stubs.py.
from tfsession.metrics import *
from tfsession.metrics.state import metric_variable as metric_variable
