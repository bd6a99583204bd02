# Written by tfsession/python/stubs.py.
from tfsession.protos.tensor_pb2 import *
