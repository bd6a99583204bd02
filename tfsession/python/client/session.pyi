# Written by tfsession/python/stubs.py.
from tfsession.run.session import BaseSession as BaseSession
from tfsession.run.session import Session as Session
from tfsession.run.session import _DeviceAttributes as _DeviceAttributes
from tfsession.run.interactive import InteractiveSession as InteractiveSession
from tfsession.graph.default_session import get_default_session as get_default_session
from tfsession.run.fetches import register_session_run_conversion_functions as register_session_run_conversion_functions
