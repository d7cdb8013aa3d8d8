"""How nbgrader and its formgrader run this course: the same release and the same grading as `make`.

nbgrader reads this file several times per command, so it only names things and imports nothing heavy.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

c = get_config()  # noqa: F821
root = Path(__file__).resolve().parent

# A new gradebook asks the program `alembic` for a version; it stands beside this Python, activated or not.
programs = os.path.dirname(sys.executable)
if programs not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", "")])

c.CourseDirectory.course_id = "neural-network-labs"
c.CourseDirectory.root = str(root)
# Seconds to wait while another program writes. A PostgreSQL server is named by a URL such as
# postgresql+psycopg://user:password@host/database; its tables are made when they are first needed.
c.CourseDirectory.db_url = f"sqlite:///{root}/gradebook.db?timeout=60"

# Release: solutions and mark schemes out, cells recorded in the gradebook, utils and data put beside.
c.GenerateAssignment.preprocessors = [
    "grader.plugins.nbgrader_plugins.ReleaseNotebook",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.SaveCells",
    "grader.plugins.nbgrader_plugins.ShareFiles",
]

# Grading: nbgrader never opens what a student handed in. Our engine reads it, runs it in the sandbox and
# marks it; nbgrader keeps the books. There is nothing to sanitize before that.
c.Autograde.exporter_class = "grader.plugins.nbgrader_plugins.SubmissionExporter"
c.Autograde.pre_convert_hook = "grader.plugins.nbgrader_plugins.prepare"
c.Autograde.sanitize_preprocessors = []
c.Autograde.autograde_preprocessors = [
    "grader.plugins.nbgrader_plugins.Grade",
    "grader.plugins.nbgrader_plugins.SaveMarks",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Late days, counted from the lab's due date in the gradebook (`nbgrader db assignment add LAB --duedate ...`): days a
# student has free over the term, the share of the points that each day more costs (0.1 is 10 %; 0 takes nothing
# off), and days more for single students: {"ada": {"3-backprop": 7}}, {"bob": {"all": 2}}.
c.AssignLatePenalties.plugin_class = "grader.marking.late.LateDays"
c.LateDays.grace_days = 0
c.LateDays.penalty_per_day = 0.0
c.LateDays.extensions = {}

# Feedback: the pages of `make feedback`, which read marks and comments themselves.
c.GenerateFeedback.exporter_class = "grader.plugins.exporter.FeedbackExporter"
c.GenerateFeedback.preprocessors = []

# Release Feedback goes on after a hand-in that did not come through the exchange, and names it.
c.ExchangeFactory.release_feedback = "grader.plugins.exchange.ReleaseFeedback"

# The formgrader's pages: what students wrote as text is made safe before a teacher's browser sees it, formulas
# need no other host, and questions show their mark scheme.
c.HTMLExporter.filters = {
    "markdown2html": "grader.plugins.formgrader.markdown2html",
    "mark_scheme": "grader.plugins.formgrader.mark_scheme",
}
ours = os.path.join(os.path.dirname(find_spec("grader").origin), "reporting", "templates", "nbgrader")
theirs = os.path.join(
    os.path.dirname(find_spec("nbgrader").origin), "server_extensions", "formgrader", "templates"
)
c.HTMLExporter.extra_template_basedirs = [ours, theirs]
c.HTMLExporter.extra_template_paths = [theirs]
