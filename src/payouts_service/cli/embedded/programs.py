"""The processes of the embedded stack, as supervisord is to run them."""

from __future__ import annotations

from payouts_service.cli.embedded.kept_settings import Settings, password_of, port_of
from payouts_service.cli.embedded.places import Places, bin_folder
from payouts_service.cli.embedded.servers import (
    SERVER_ENVIRONMENT,
    Passwords,
    PostgresServer,
    RedisServer,
    programs_for,
)
from payouts_service.cli.embedded.supervision import Program

CELERY = (str(bin_folder() / "celery"), "--app", "payouts_service.celery")
# Workers share the work by PostgreSQL, and tell one another nothing.
WORKER = ("worker", "--without-gossip", "--without-mingle", "--without-heartbeat")
# Nothing of supervisord's environment reaches the servers: it holds the service's secrets.
BARE = ("/usr/bin/env", "-i", *(f"{name}={value}" for name, value in SERVER_ENVIRONMENT.items()))


def servers(places: Places, settings: Settings) -> list[Program]:
    """PostgreSQL and Redis, made ready to start, except where the user's own are named. Raises StackRefused."""
    wanted = []
    if settings.embeds_postgres:
        address = settings.kept["DATABASE_URL"]
        postgres = PostgresServer(programs_for(places), places.data / "postgres", port_of(address), places.account)
        postgres.prepare(Passwords(password_of(settings.kept["MIGRATION_DATABASE_URL"]), password_of(address)))
        wanted.append(
            Program(
                name="postgres",
                command=[*BARE, *postgres.command()],
                folder=postgres.folder,
                order=10,
                starts_at_once=True,
                stop_signal="INT",  # PostgreSQL's fast shutdown: sessions are ended, everything is on disk.
                stop_seconds=60,
                account=places.account,
            )
        )
    if settings.embeds_redis:
        address = settings.kept["BROKER_URL"]
        redis = RedisServer(programs_for(places), places.data / "redis", port_of(address), places.account)
        redis.prepare(password_of(address))
        wanted.append(
            Program(
                name="redis",
                command=[*BARE, *redis.command()],
                folder=redis.folder,
                order=10,
                starts_at_once=True,
                account=places.account,
            )
        )
    return wanted


def service(places: Places, settings: Settings, port: int) -> list[Program]:
    """The simulated provider and the service's own processes."""
    simulator_port = str(port_of(settings.kept["SIMULATOR_URL"]))
    books = str(places.local / "simulator.db")
    schedule = str(places.local / "beat-schedule")
    commands = {
        "simulator": [
            str(bin_folder() / "payouts-simulator"),
            *("--port", simulator_port, "--books", books),
            *("--callback-url", f"http://127.0.0.1:{port}/api/callbacks/simulator/"),
        ],
        "web": [
            str(bin_folder() / "gunicorn"),
            *("--config", "python:payouts_service.gunicorn_conf"),
            *("--bind", f"127.0.0.1:{port}"),
            "payouts_service.wsgi:application",
        ],
        "worker": [*CELERY, *WORKER, "-Q", "payouts", "-n", "worker@%h", "--pool", "prefork", "--concurrency", "2"],
        # The sweep has a process of its own: it never waits behind the payouts that it should rescue.
        "rescuer": [*CELERY, *WORKER, "-Q", "rescue", "-n", "rescuer@%h", "--concurrency", "1"],
        "inquirer": [*CELERY, *WORKER, "-Q", "inquiries", "-n", "inquirer@%h", "--concurrency", "2"],
        "beat": [*CELERY, "beat", "--schedule", schedule],
    }
    return [
        Program(name=name, command=command, folder=places.checkout, order=20 + 10 * position)
        for position, (name, command) in enumerate(commands.items())
    ]
