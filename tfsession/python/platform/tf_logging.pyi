# Written by tfsession/python/stubs.py.
from tfsession.logging import *
from tfsession.logging import get_logger as get_logger
