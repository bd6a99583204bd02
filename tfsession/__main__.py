"""`python -m tfsession`: the commands of tfsession.cli."""

import sys

from tfsession.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
