# Written by tfsession/python/stubs.py.
from tfsession.train import *
