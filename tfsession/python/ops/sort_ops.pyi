# Written by tfsession/python/stubs.py.
from tfsession import sort as sort
from tfsession import argsort as argsort
