# Written by tfsession/python/stubs.py.
from tfsession.saved_model.main_op import *
