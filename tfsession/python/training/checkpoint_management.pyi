# Written by tfsession/python/stubs.py.
from tfsession.train.checkpoint_state import *
from tfsession.train import *
