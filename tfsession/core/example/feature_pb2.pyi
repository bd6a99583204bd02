# Written by tfsession/python/stubs.py.
from tfsession.protos.example_pb2 import *
