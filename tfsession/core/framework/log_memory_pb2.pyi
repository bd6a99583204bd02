# Written by tfsession/python/stubs.py.
from tfsession.protos.log_memory_pb2 import *
