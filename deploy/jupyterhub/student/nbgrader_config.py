"""What nbgrader is in a student's server: the exchange of this course and the student's own name."""

import os

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = os.environ["CLASS_COURSE_ID"]
c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]  # else nbgrader takes the account's name
c.Exchange.root = os.environ["CLASS_EXCHANGE"]
