# Written by tfsession/python/stubs.py.
from tfsession.protos.attr_value_pb2 import *
