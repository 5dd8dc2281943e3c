"""The processes of our service, as ``make up`` runs them, and of the peers, as their books say."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from bench.processes import Process
from bench.rig import CHECKOUT, Database, Rig, run
from payouts_service.cli.embedded.kept_settings import Settings, free_port
from payouts_service.cli.embedded.places import Places, bin_folder
from payouts_service.cli.embedded.programs import service

WEB_PROCESSES: Final = 2
THREADS: Final = 8
PLAIN_EMPTY: Final = "plain_empty"


def service_command(rig: Rig, name: str, port: int = 0) -> list[str]:
    """The command line of the service's process, from the table that ``make up`` uses."""
    places = Places(CHECKOUT, rig.folder, rig.folder, rig.folder, None)
    programs = {program.name: program for program in service(places, Settings(rig.settings, rig.settings), port)}
    return list(programs[name].command)


def start_web(rig: Rig, environment: Mapping[str, str]) -> tuple[Process, int]:
    """Our web process, answering, and its port."""
    port = free_port()
    web = rig.processes.start("web", service_command(rig, "web", port), environment, CHECKOUT)
    web.wait_for_port(port, "/health/ready")
    return web, port


def start_worker(rig: Rig, environment: Mapping[str, str], *, processes: int = 2) -> Process:
    """Our worker of payouts, with so many processes that pay, ready."""
    command = service_command(rig, "worker")
    command[command.index("--concurrency") + 1] = str(processes)
    worker = rig.processes.start("worker", command, environment, CHECKOUT)
    worker.wait_for_log(b" ready.")
    return worker


def start_stack(rig: Rig, environment: Mapping[str, str]) -> tuple[list[Process], int]:
    """All of the service's processes but the simulated provider, ready, and the port of the API."""
    web, port = start_web(rig, environment)
    others = [
        rig.processes.start(name, service_command(rig, name), environment, CHECKOUT)
        for name in ("beat", "worker", "rescuer", "inquirer")
    ]
    for process in others:
        process.wait_for_log(b"beat: Starting" if process.name == "beat" else b" ready.")
    return [web, *others], port


def start_plain_web(rig: Rig, name: str, environment: Mapping[str, str]) -> tuple[Process, int]:
    """The plain service's web process, with as many processes and threads as ours."""
    port = free_port()
    command = [str(bin_folder() / "gunicorn"), "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    command += ["--workers", str(WEB_PROCESSES), "--threads", str(THREADS), "--keep-alive", "5", "--no-control-socket"]
    web = rig.processes.start(name, [*command, "bench.peers.plain_drf.wsgi"], environment, CHECKOUT)
    web.wait_for_port(port, "/")
    return web, port


def start_plain_worker(rig: Rig, name: str, environment: Mapping[str, str]) -> Process:
    """The plain service's worker, with as many processes as ours."""
    command = [str(bin_folder() / "celery"), "--app", "bench.peers.plain_drf.celery", "worker"]
    command += ["--pool", "prefork", "--concurrency", str(WEB_PROCESSES), "--loglevel", "INFO", "-n", "plain@%h"]
    worker = rig.processes.start(name, command, environment, CHECKOUT)
    worker.wait_for_log(b" ready.")
    return worker


def start_fastapi(rig: Rig, database: Database) -> tuple[Process, int]:
    """The bare insert, with as many processes as our web."""
    from bench.peers.bare_fastapi import TABLE  # noqa: PLC0415  # FastAPI is needed by this one measure only.

    port = free_port()
    database.rows(TABLE)
    environment = rig.peer_environment(database, broker=1, keeps_connections=True)
    command = [str(bin_folder() / "uvicorn"), "--host", "127.0.0.1", "--port", str(port), "--no-access-log"]
    command += ["--workers", str(WEB_PROCESSES), "--loop", "uvloop", "--http", "httptools", "--log-level", "warning"]
    web = rig.processes.start("FastAPI", [*command, "bench.peers.bare_fastapi:app"], environment, CHECKOUT)
    web.wait_for_port(port, "/")
    return web, port


@cache
def plain_template(rig: Rig) -> str:
    """The name of a database with the plain service's empty table, made at the first call."""
    environment = rig.peer_environment(rig.make_database(PLAIN_EMPTY, "template0"), broker=1, keeps_connections=True)
    run(["django-admin", "migrate", "--run-syncdb", "--verbosity", "0"], environment)
    return PLAIN_EMPTY
