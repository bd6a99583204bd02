# Written by tfsession/python/stubs.py.
from tfsession.protos.kernel_def_pb2 import *
