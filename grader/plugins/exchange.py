"""Feedback to nbgrader's exchange: `c.ExchangeFactory.release_feedback`, where one hand-in does not stop the others."""

from __future__ import annotations

import glob
from pathlib import Path

from nbgrader.exchange.default import ExchangeReleaseFeedback

from grader.marking.autograded import SECRET, TIMESTAMP, read_secret, read_time


class ReleaseFeedback(ExchangeReleaseFeedback):
    """Gives a lab's feedback to the exchange, student by student.

    Students find their pages by the secret that came with the hand-in. A hand-in that came by another way has none:
    nbgrader ends there with an error; here it is named, left out, and the others go on.
    """

    src_path: str  # one folder, or a pattern for those of all students

    def copy_files(self) -> None:
        """Release every student's pages; raises nbgrader's ExchangeError when there are none that can be released."""
        folders = [Path(path) for path in sorted(glob.glob(self.src_path)) if Path(path).is_dir()]
        left_out = {folder: reason for folder in folders if (reason := self._release(folder))}
        for folder, reason in left_out.items():
            self.log.warning("Feedback of %s is NOT released: %s", folder.parent.name, reason)
        if len(left_out) == len(folders):
            self.fail(
                "No feedback was released. Generate it first; pages of hand-ins that did not come through the "
                "exchange stay in the folder feedback/, from where you give them back."
            )

    def _release(self, folder: Path) -> str:
        """Copy one student's pages to the exchange; gives the reason when that is not possible, else nothing."""
        if reason := _lacks(folder):
            return reason
        everyone, self.src_path = self.src_path, glob.escape(str(folder))
        try:
            super().copy_files()
        except (OSError, ValueError) as error:
            return f"{error}"
        finally:
            self.src_path = everyone
        return ""


def _lacks(folder: Path) -> str:
    """Why a student could not find the pages of a folder; empty when nothing is missing."""
    below = folder.parents[1]
    if read_secret(folder, below) is None:
        return f"{SECRET} is missing or damaged, so it did not come through the exchange; give it back from {folder}"
    if read_time(folder, below) is None:
        return f"{TIMESTAMP} is missing or damaged; give it back from {folder}"
    return ""
