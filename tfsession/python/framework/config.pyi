# Written by tfsession/python/stubs.py.
from tfsession import config as config
