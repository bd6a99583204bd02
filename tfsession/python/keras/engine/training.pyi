# Written by tfsession/python/stubs.py.
from tfsession.keras import Model as Model
