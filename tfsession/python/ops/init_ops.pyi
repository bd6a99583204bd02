# Written by tfsession/python/stubs.py.
from tfsession.initializers import *
from tfsession import Initializer as Initializer
