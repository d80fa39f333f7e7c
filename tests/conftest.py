"""What tests of more than one folder need: a PostgreSQL server of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def postgres_url(postgres_server, request):
    """Return the URL of a database on a PostgreSQL server, empty when the tests of a file begin."""
    import psycopg

    name = request.module.__name__.rpartition(".")[2]
    with psycopg.connect(postgres_server.format("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return postgres_server.format(name)


@pytest.fixture(scope="session")
def postgres_server():
    """Yield the URL, but for the database's name, of a PostgreSQL server that runs for this session alone."""
    pytest.importorskip("psycopg", reason="the extra 'postgres' is not installed")
    programs = _postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server here: apt-get install postgresql")
    # The server refuses to run as root, and a socket's path may have 107 characters.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        if as_user:
            shutil.chown(folder, "postgres")
        data = f"{folder}/data"

        def run(*command: str) -> None:
            subprocess.run([*as_user, *command], cwd=folder, check=True, capture_output=True, timeout=60)

        run(str(programs / "initdb"), "-D", data, "-A", "trust", "-U", "shop", "--no-sync", "-E", "UTF8")
        settings = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        control = str(programs / "pg_ctl")
        run(control, "-D", data, "-w", "-l", f"{folder}/log", "-o", settings, "start")
        try:
            yield f"postgresql://shop:secret@/{{}}?host={folder}"
        finally:
            run(control, "-D", data, "-m", "immediate", "stop")


def _postgres_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    there = shutil.which("initdb")
    return Path(there).parent if there and shutil.which("pg_ctl") else None
