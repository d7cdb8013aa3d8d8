"""A class on machines of their own: one is cut off while it works, one dies, one joins."""

import json
import shutil
import subprocess
import sys

import pytest

from tests.grader.class_of_stand_ins import hand_in
from tests.grader.tiny_course import REPOSITORY, build

OF_ITS_OWN = ["unshare", "--map-root-user", "--net"]
PROBE = "ip link add cable0 type veth peer name cable1 && unshare --net nsenter -t $$ -n true"


def test_a_machine_that_loses_its_network_and_one_that_dies_cost_nothing(tmp_path):
    if shutil.which("ip") is None or shutil.which("unshare") is None or shutil.which("nsenter") is None:
        pytest.skip("ip, unshare or nsenter is not installed (Debian: iproute2, util-linux)")
    if subprocess.run([*OF_ITS_OWN, "sh", "-c", PROBE], capture_output=True).returncode:
        pytest.skip("this account may not make network namespaces")
    course = build(tmp_path / "course")
    shares = {f"s{i:02}": i % 5 / 4 for i in range(20)}
    for student, share in shares.items():
        hand_in(course, student, share=share, seconds=0.3)
    command = [sys.executable, "-m", "tests.grader.machines", str(course.root), str(tmp_path)]
    done = subprocess.run(
        [*OF_ITS_OWN, *command], capture_output=True, text=True, cwd=REPOSITORY, timeout=300
    )
    logs = "".join(path.read_text()[-2000:] for path in tmp_path.glob("*.log"))
    assert done.returncode == 0, f"{done.stderr}\n{logs}"
    told = json.loads(done.stdout)
    assert (told["status"], told["graded"]) == (0, 20)
    assert told["marks"] == {student: 5.5 * share for student, share in shares.items()}
    assert "worker-ttl" in logs or "TTL" in logs or "Worker failed to heartbeat" in logs, "nobody was cut off"
