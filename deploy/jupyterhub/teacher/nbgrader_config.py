"""What nbgrader is in the teacher's server, beside the course's own nbgrader_config.py."""

import os

c = get_config()  # noqa: F821
c.Exchange.root = os.environ["CLASS_EXCHANGE"]
# One account owns every hand-in of the trial. Where students have accounts of their own, set this to True.
c.ExchangeCollect.check_owner = False
