# Written by tfsession/python/stubs.py.
from tfsession.train.moving_averages import *
