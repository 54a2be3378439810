"""What is deployed is what is in the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from chassis import metrics, settings
from tests.architecture import house

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SERVICES = [folder.name for folder in house.services(ROOT) if (folder / "pyproject.toml").exists()]
SETTINGS = {row.name for row in settings.TABLE}


def written(path: str) -> Any:
    return yaml.safe_load((DEPLOY / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", ["worker", "web"])
def test_each_service_runs_as_worker_and_as_web(kind: str) -> None:
    services = written("compose/compose.yaml")["services"]

    run = {service["command"][1] for name, service in services.items() if name.endswith(f"-{kind}")}

    assert run == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_each_process_has_its_own_user_database_and_keys_and_none_of_anothers(service: str) -> None:
    hyphened = service.replace("_", "-")
    secret = f"JIESU_{service.upper()}_PASSWORD"
    for kind in ("worker", "web"):
        process = written("compose/compose.yaml")["services"][f"{hyphened}-{kind}"]

        environment = process["environment"]
        assert set(re.findall(r"\$\{(\w+)", str(process))) == {secret}
        assert re.fullmatch(rf"amqp://{service}:\$\{{{secret}\W.*@rabbitmq:5672/%2F", environment["JIESU_AMQP_URL"])
        assert environment["JIESU_DATABASE_URL"] == f"postgresql://{service}:${{{secret}}}@postgres/{service}"
        assert [one for one in process["volumes"] if "keys" in one] == [f"keys-{hyphened}:/run/keys/jiesu:ro"]
        assert "env_file" not in process


def test_composes_jobs_prepare_every_service() -> None:
    jobs = written("compose/compose.yaml")["services"]

    shares = {volume.partition(":")[::2] for volume in jobs["keys"]["volumes"]}

    assert jobs["databases"]["command"] == SERVICES
    assert {(f"keys-{name.replace('_', '-')}", f"/shares/{name}") for name in SERVICES} <= shares


@pytest.mark.parametrize("process", sorted(written("compose/compose.yaml")["services"]))
def test_what_a_process_names_in_compose_is_there(process: str) -> None:
    compose = written("compose/compose.yaml")
    service = compose["services"][process]
    sources = [volume.partition(":")[0] for volume in service.get("volumes", ())]

    assert [one for one in sources if "/" in one and not (DEPLOY / "compose" / one).exists()] == []
    assert {one for one in sources if "/" not in one} <= {*compose["volumes"]}
    assert {*service.get("depends_on", ())} <= {*compose["services"]}
    assert {name for name in service.get("environment", {}) if name.startswith("JIESU_")} <= SETTINGS


def test_the_gateway_leads_to_each_service() -> None:
    gateway = (DEPLOY / "gateway/nginx.conf").read_text(encoding="utf-8")

    assert set(re.findall(r"location /(\w+)/ ", gateway)) == set(SERVICES)


def test_the_figures_of_each_process_are_collected() -> None:
    jobs = written("prometheus/prometheus.yml")["scrape_configs"]

    names = {name for job in jobs for source in job["dns_sd_configs"] for name in source["names"]}

    assert names == {f"{service.replace('_', '-')}-{kind}" for service in SERVICES for kind in ("worker", "web")}


def test_each_alarm_watches_a_figure_that_exists() -> None:
    figures = [figure for figure in vars(metrics).values() if isinstance(figure, MetricWrapperBase)]
    known = {family.name for figure in figures for family in figure.describe()}
    alarms = [rule for group in written("prometheus/alarms.yml")["groups"] for rule in group["rules"]]

    watched = {name.removesuffix("_total") for rule in alarms for name in re.findall(r"\bjiesu_\w+", rule["expr"])}

    assert watched
    assert watched - known == set()
