"""``python -m adaptarium`` is the command ``adaptarium``."""

from adaptarium.cli import main

if __name__ == "__main__":
    main()
