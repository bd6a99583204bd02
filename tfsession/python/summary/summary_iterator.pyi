# Written by tfsession/python/stubs.py.
from tfsession.train import summary_iterator as summary_iterator
