"""`tensorflow` in the child processes of `python -m tfsession`: it is tfsession there, too."""

import importlib

from tfsession.cli.run import install_alias

install_alias()
# Whoever imports this module gets what stands in its place then.
importlib.import_module("tensorflow")
