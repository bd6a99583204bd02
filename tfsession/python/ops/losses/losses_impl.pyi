# Written by tfsession/python/stubs.py.
from tfsession.losses import *
