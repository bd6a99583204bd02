# Written by tfsession/python/stubs.py.
from tfsession.saved_model.builder import simple_save as simple_save
