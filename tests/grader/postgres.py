"""A PostgreSQL server of the tests' own: in a temporary folder, on a unix socket, as an ordinary user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

USER = "grader"


def programs() -> Path | None:
    """The folder of initdb and pg_ctl: on PATH, or where Debian keeps each version's."""
    found = shutil.which("pg_ctl")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").is_file()), None)


class Server:
    """A server that the tests start, stop and crash."""

    def __init__(self) -> None:
        found = programs()
        if found is None:
            pytest.skip("PostgreSQL's programs are not installed (Debian: apt-get install postgresql)")
        self.programs = found
        self.account = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # short: a socket's path has 107 bytes
        if self.account:
            known = pwd.getpwnam(self.account)
            os.chown(self.folder, known.pw_uid, known.pw_gid)
            self.folder.chmod(0o755)
        self._run("initdb", "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        self.start()

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -F"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def crash(self) -> None:
        """End it without a word, as a power cut does."""
        self._run("pg_ctl", "-m", "immediate", "-w", "stop")

    def database(self, name: str, template: str = "template1") -> str:
        """Make a database; gives its URL."""
        import psycopg

        where = f"host={self.folder} user={USER} dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')  # type: ignore[arg-type]
        return f"postgresql+psycopg://{USER}@/{name}?host={self.folder}"

    def end(self) -> None:
        with suppress(subprocess.CalledProcessError):  # it has ended already
            self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.programs / program), "-D", str(self.folder / "data"), *arguments],
            user=self.account,
            extra_groups=[] if self.account else None,
            cwd="/",
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=120,
        )
