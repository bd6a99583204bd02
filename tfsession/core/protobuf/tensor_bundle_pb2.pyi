# Written by tfsession/python/stubs.py.
from tfsession.protos.checkpoint_pb2 import *
