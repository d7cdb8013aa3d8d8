"""Look at this lab's notebooks and make the file to upload: `python hand_in.py [your-name]`."""

import sys
from pathlib import Path

if sys.version_info < (3, 8):  # noqa: UP036  (students may have any Python)
    sys.exit(
        "hand_in.py needs Python 3.8 or newer; in a cell of the notebook `%run hand_in.py` does the same"
    )
FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

try:
    from utils.handin import main
except ModuleNotFoundError:
    sys.exit("hand_in.py needs the folder utils beside it: take it from the lab's zip again")

if __name__ == "__main__":
    status = main(FOLDER)
    if status:
        sys.exit(status)
