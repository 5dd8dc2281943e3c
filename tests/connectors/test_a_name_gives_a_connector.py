from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from structlog.testing import capture_logs

from payouts_service import connectors
from payouts_service.connectors import registry
from payouts_service.connectors.instant.connector import RefusedOutsideBenchmarks, build as build_instant
from payouts_service.connectors.manual.connector import ManualConnector
from payouts_service.connectors.safety import UnsafeConnector
from tests.connectors.conftest import ConnectorSettings


@pytest.fixture(autouse=True)
def enabled() -> Iterator[None]:
    with override_settings(CONNECTORS=("simulator", "manual", "absent")):
        yield


def test_it_is_built_once_in_a_process() -> None:
    assert registry.get("manual") is registry.get("manual")
    assert isinstance(registry.get("manual"), ManualConnector)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # Forking beside threads: the child only looks.
def test_a_forked_process_builds_its_own() -> None:
    mine = registry.get("manual")
    child = os.fork()
    if child == 0:
        os._exit(registry.get("manual") is mine)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_the_names_are_those_of_the_settings_in_their_order() -> None:
    assert registry.all_names() == ("simulator", "manual", "absent")


@pytest.mark.parametrize("name", ["instant", "nobody", "", "../manual", "contract"])
def test_a_name_that_is_not_enabled_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(registry.UnknownConnector, match="simulator, manual"):
        registry.get(name)


def test_a_name_without_a_folder_is_refused() -> None:
    with pytest.raises(registry.UnknownConnector, match="'absent', but no such connector exists"):
        registry.get("absent")


UNSAFE = """
import dataclasses

from payouts_service.connectors.instant.connector import InstantConnector


class UnsafeOne(InstantConnector):
    name = "unsafe"

    def __init__(self):
        super().__init__(seconds=0, max_in_flight=64)
        self.capabilities = dataclasses.replace(self.capabilities, idempotent_submit=False, inquiry=False)


def build(settings):
    return UnsafeOne()
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str) -> None:
    """Add a connector's folder beside the real ones."""
    (folder / name).mkdir()
    (folder / name / "connector.py").write_text(source)
    monkeypatch.setattr(connectors, "__path__", [*connectors.__path__, str(folder)])


def test_an_unsafe_connector_is_never_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "unsafe", UNSAFE)
    with override_settings(CONNECTORS=("unsafe",)), pytest.raises(UnsafeConnector, match="unsafe cannot be used"):
        registry.get("unsafe")


def test_one_whose_call_may_outlast_the_lease_keeps_the_process_from_starting() -> None:
    seconds = registry.get("simulator").capabilities.call_timeout_seconds
    with override_settings(CONNECTORS=("simulator", "manual"), LEASE_SECONDS=seconds + 0.1):
        registry.check_all()
    with (
        override_settings(CONNECTORS=("manual", "simulator"), LEASE_SECONDS=seconds),
        pytest.raises(UnsafeConnector, match="simulator may outlast LEASE_SECONDS"),
    ):
        registry.check_all()


def test_what_each_leaves_to_people_is_told() -> None:
    with override_settings(CONNECTORS=("simulator", "manual")), capture_logs() as lines:
        registry.tell_duties()
    assert [(line["connector"], line["duty"]) for line in lines] == [
        ("manual", "People pay and report the outcome.")  # The simulated provider leaves nothing.
    ]


def test_a_missing_library_of_a_connector_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "thirsty", "import a_library_that_nobody_installed")
    with (
        override_settings(CONNECTORS=("thirsty",)),
        pytest.raises(ModuleNotFoundError, match="a_library_that_nobody_installed"),
    ):
        registry.get("thirsty")


def test_the_connector_that_pays_nobody_is_refused_outside_benchmarks() -> None:
    with pytest.raises(RefusedOutsideBenchmarks, match="BENCHMARK"):
        build_instant(ConnectorSettings(SIMULATOR_URL="", BENCHMARK=False))
