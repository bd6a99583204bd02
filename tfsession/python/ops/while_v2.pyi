# Written by tfsession/python/stubs.py.
from tfsession import while_loop as while_loop
