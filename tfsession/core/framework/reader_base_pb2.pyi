# Written by tfsession/python/stubs.py.
from tfsession.protos.reader_pb2 import *
