# Written by tfsession/python/stubs.py.
from tfsession.train import *
from tfsession import OpError as OpError
