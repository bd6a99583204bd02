# Written by tfsession/python/stubs.py.
from tfsession.saved_model.signature_def_utils import *
