"""``python -m archive.verify PACK``."""

from archive.verify.command import run

if __name__ == "__main__":
    run()
