# Written by tfsession/python/stubs.py.
from tfsession.train.checkpoint_values import *
from tfsession.train import *
