"""``python -m crmlab`` is ``crmlab``."""

from crmlab.cli import main

if __name__ == "__main__":
    main()
