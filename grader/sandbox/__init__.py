"""Where code of students runs: a warm fork server inside bubblewrap, and a confined process for each notebook."""

from grader.sandbox.bwrap import Profile, SandboxError
from grader.sandbox.process import Child, Exit, Mode
from grader.sandbox.selftest import choose_mode
from grader.sandbox.zygote import Zygote

__all__ = ["Child", "Exit", "Mode", "Profile", "SandboxError", "Zygote", "choose_mode"]
