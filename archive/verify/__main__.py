"""``python -m archive.verify PACK``."""

import sys

from archive.verify.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
