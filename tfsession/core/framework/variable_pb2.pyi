# Written by tfsession/python/stubs.py.
from tfsession.protos.variable_pb2 import *
