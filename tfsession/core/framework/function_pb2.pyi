# Written by tfsession/python/stubs.py.
from tfsession.protos.function_pb2 import *
