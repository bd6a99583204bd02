# Written by tfsession/python/stubs.py.
from tfsession.autodiff.gradients import *
