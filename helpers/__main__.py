"""`python -m helpers COMMAND`: the way to everything from a terminal."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
