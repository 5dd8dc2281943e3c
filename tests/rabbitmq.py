"""A RabbitMQ of the tests' own, from the program that the machine's package installed: no service, no fixed port.

Node name, ports, cookie, data and logs are the caller's folder's own, so a RabbitMQ that runs here already is not
touched. Erlang's name server, which a node would start and leave behind, is started and ended with it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from kombu import Connection

from payouts_service.cli.embedded.kept_settings import free_port, write_private
from payouts_service.cli.embedded.places import Account
from payouts_service.cli.embedded.refusal import StackRefused
from payouts_service.cli.embedded.servers import SERVER_ENVIRONMENT, run_as
from payouts_service.cli.embedded.waiting import wait_until
from payouts_service.hints.broker import failures

DEBIANS_PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # The one on the PATH refuses other accounts.
USER = "payouts"
START_SECONDS = 120  # Erlang on a busy machine.
STOP_SECONDS = 30


def rabbitmq_answers(url: str) -> bool:
    """Whether a login with ``url`` succeeds."""
    connection = Connection(url, connect_timeout=2, transport_options={"max_retries": 0})
    try:
        connection.connect()
    except failures(connection):
        return False
    finally:
        connection.collect()
    return True


@contextlib.contextmanager
def rabbitmq(folder: Path, account: Account | None) -> Iterator[str]:
    """Run one in ``folder`` as ``account`` and give its URL; its end is abrupt. Raises StackRefused."""
    program, epmd = _programs()
    folder.mkdir(mode=0o700)
    port, names_port, password = free_port(), free_port(), secrets.token_urlsafe(16)
    configuration = folder / "rabbitmq.conf"
    write_private(
        configuration,
        f"listeners.tcp.1 = 127.0.0.1:{port}\ndefault_user = {USER}\ndefault_pass = {password}\nlog.console = true\n",
    )
    (folder / "plugins").write_text("[].\n")
    if account is not None:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, account.uid, account.gid)
    environment = SERVER_ENVIRONMENT | {
        "HOME": str(folder),  # Erlang's cookie.
        "ERL_EPMD_PORT": str(names_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_ALLOW_INPUT": "true",  # The shell script is replaced by the server, instead of watching over it.
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_CONFIG_FILE": str(configuration),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_NODENAME": f"payouts-test-{port}@localhost",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput +S 2:2",
    }
    url = f"amqp://{USER}:{password}@127.0.0.1:{port}//"
    log = folder / "rabbitmq.log"
    with _running([epmd], environment, account, log), _running([str(program)], environment, account, log):
        wait_until(lambda: rabbitmq_answers(url), seconds=START_SECONDS, otherwise=f"RabbitMQ did not start: {log}")
        yield url


def _programs() -> tuple[Path, str]:
    installed = DEBIANS_PROGRAM if DEBIANS_PROGRAM.exists() else shutil.which("rabbitmq-server")
    epmd = shutil.which("epmd")
    if installed is None or epmd is None:
        raise StackRefused("There is no RabbitMQ here: install rabbitmq-server, or name yours in TEST_RABBITMQ_URL.")
    return Path(installed), epmd


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str], account: Account | None, log: Path) -> Iterator[None]:
    """Run a program with its children, and end them all."""
    with log.open("a") as said:
        process = subprocess.Popen(
            command,
            cwd=log.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **run_as(account),
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_SECONDS)
