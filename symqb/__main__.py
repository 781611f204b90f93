"""``python -m symqb`` is ``symqb``."""

from symqb.cli import main

if __name__ == "__main__":
    main()
