"""JupyterHub for a class on this machine's loopback: `jupyterhub -f deploy/jupyterhub/jupyterhub_config.py`.

All servers run in the account that starts the hub: a trial and a pattern, not yet a service for strangers.
docs/jupyterhub.md names the environment variables and says what a class with real accounts changes.
"""

import os
import re
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from traitlets.config import PyFileConfigLoader

c = get_config()  # noqa: F821
HERE = Path(__file__).resolve().parent
LAB = Path(find_spec("grader").origin).parent / "lab"  # what `make lab` tells JupyterLab
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")  # what is safe as a folder's name and in nbgrader's exchange


def setting(name: str, purpose: str, default: str | None = None) -> str:
    """An environment variable's value, or its default; the hub does not start without either."""
    value = os.environ.get(name) or default
    if value is None:
        sys.exit(f"jupyterhub_config.py: set {name} in the environment: {purpose}")
    return value


def names(variable: str, purpose: str, default: str | None = None) -> set[str]:
    """Users named in an environment variable, separated by commas; the hub does not start on a bad name."""
    found = {name.strip() for name in setting(variable, purpose, default).split(",")}
    for name in sorted(found):
        if not NAME.fullmatch(name):
            sys.exit(
                f"jupyterhub_config.py: {variable} has the name {name!r}: names are lower-case letters, digits and _ . -"
            )
    return found


def password(variable: str, length: int) -> str:
    """A password of the environment; the hub does not start on a short one."""
    value = setting(variable, f"a password of at least {length} characters")
    if len(value) < length:
        sys.exit(
            f"jupyterhub_config.py: {variable} has {len(value)} characters; at least {length} are needed"
        )
    return value


def port(variable: str, default: int) -> int:
    """A port of the environment, or its default."""
    value = setting(variable, "a port", str(default))
    if not value.isdecimal() or not 0 < int(value) < 65536:
        sys.exit(f"jupyterhub_config.py: {variable} is {value!r}, which is no port")
    return int(value)


def proxy() -> str:
    """The path of configurable-http-proxy; the hub does not start without it."""
    places = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
    found = shutil.which(setting("CLASS_PROXY", "its path", "configurable-http-proxy"), path=places)
    if found is None:
        sys.exit(
            "jupyterhub_config.py: configurable-http-proxy was not found: npm install --global "
            "--prefix .venv configurable-http-proxy@5.3.0, or set CLASS_PROXY to its path"
        )
    return found


course = Path(setting("CLASS_COURSE", "the course's folder", str(HERE.parents[1]))).resolve()
state = Path(setting("CLASS_STATE", "a folder", "~/.local/share/neural-network-labs")).expanduser().resolve()
if not (course / "nbgrader_config.py").is_file():
    sys.exit(f"jupyterhub_config.py: CLASS_COURSE is {course}, which has no nbgrader_config.py")
if state.is_relative_to(course):
    sys.exit(f"jupyterhub_config.py: CLASS_STATE is {state}, inside of the course; take a folder outside")
teachers = names("CLASS_TEACHERS", "teachers, separated by commas", "teacher")
students = names("CLASS_STUDENTS", "the students' names, separated by commas")
if both := teachers & students:
    sys.exit(f"jupyterhub_config.py: teacher and student at once: {', '.join(sorted(both))}")
exchange = state / "exchange"
for folder in (state, state / "home", exchange):
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
course_id = PyFileConfigLoader("nbgrader_config.py", str(course)).load_config().CourseDirectory.course_id

c.JupyterHub.bind_url = f"http://127.0.0.1:{port('CLASS_PORT', 8000)}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{port('CLASS_HUB_PORT', 8081)}"
c.JupyterHub.db_url = f"sqlite:///{state}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
c.ConfigurableHTTPProxy.command = [proxy()]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{port('CLASS_PROXY_PORT', 8001)}"
c.ConfigurableHTTPProxy.pid_file = str(state / "proxy.pid")

c.JupyterHub.authenticator_class = "shared-password"
c.Authenticator.allowed_users = students
c.Authenticator.admin_users = teachers
c.SharedPasswordAuthenticator.user_password = password("CLASS_STUDENT_PASSWORD", 8)
c.SharedPasswordAuthenticator.admin_password = password("CLASS_TEACHER_PASSWORD", 32)

c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(state / "home" / "{username}")
c.Spawner.ip = "127.0.0.1"
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
c.Spawner.start_timeout = c.Spawner.http_timeout = 300


def place(spawner) -> None:
    """Give a server its part: the teacher the course, a student an empty folder and nbgrader's student side."""
    is_teacher = spawner.user.name in teachers
    places = [HERE / ("teacher" if is_teacher else "student"), LAB]
    if is_teacher:
        spawner.notebook_dir = str(course)
        places.append(course)  # for its nbgrader_config.py
    spawner.environment = {
        "CLASS_COURSE_ID": course_id,
        "CLASS_EXCHANGE": str(exchange),
        "JUPYTER_CONFIG_PATH": os.pathsep.join(map(str, places)),
    }


c.Spawner.pre_spawn_hook = place
