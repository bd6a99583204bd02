# Written by tfsession/python/stubs.py.
from tfsession.saved_model.tag_constants import *
