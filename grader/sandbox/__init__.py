"""Where code of students runs: a warm fork server inside bubblewrap, and a confined process for each notebook."""

from grader.sandbox.bwrap import Profile, SandboxError
from grader.sandbox.zygote import Child, Exit, Mode, Zygote

__all__ = ["Child", "Exit", "Mode", "Profile", "SandboxError", "Zygote"]
