"""``python -m trading.cli …`` is ``sunlit …``."""

from trading.cli import main

if __name__ == "__main__":
    main()
