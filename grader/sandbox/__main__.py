"""`python -m grader.sandbox`: what each sandbox holds on this machine; with --brief, one line unless none does."""

from __future__ import annotations

import sys

from grader.sandbox.selftest import table

if __name__ == "__main__":
    text, usable = table()
    print(text.strip().splitlines()[-3] if usable and "--brief" in sys.argv else text)
    sys.exit(0 if usable else 1)
