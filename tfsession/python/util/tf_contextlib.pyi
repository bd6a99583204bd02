# Written by tfsession/python/stubs.py.
from tfsession.python.internals import contextmanager as contextmanager
