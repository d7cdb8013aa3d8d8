"""`python -m grader.bench`: the comparison with other graders."""

from __future__ import annotations

import sys

from grader.bench.compare import main

if __name__ == "__main__":
    sys.exit(main())
