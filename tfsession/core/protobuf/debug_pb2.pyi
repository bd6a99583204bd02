# Written by tfsession/python/stubs.py.
from tfsession.protos.debug_pb2 import *
