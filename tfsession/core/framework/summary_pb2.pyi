# Written by tfsession/python/stubs.py.
from tfsession.protos.summary_pb2 import *
