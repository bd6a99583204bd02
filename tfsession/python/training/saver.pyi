# Written by tfsession/python/stubs.py.
from tfsession.train.saver import *
from tfsession.train.checkpoint_state import *
from tfsession.train import *
