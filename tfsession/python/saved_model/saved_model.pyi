# Written by tfsession/python/stubs.py.
from tfsession.saved_model import *
