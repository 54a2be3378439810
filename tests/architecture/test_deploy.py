"""What is deployed is what is in the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from chassis import metrics
from tests.architecture import house

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SERVICES = [folder.name for folder in house.services(ROOT) if (folder / "pyproject.toml").exists()]


def written(path: str) -> Any:
    return yaml.safe_load((DEPLOY / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", ["worker", "web"])
def test_each_service_runs_as_worker_and_as_web(kind: str) -> None:
    services = written("compose/compose.yaml")["services"]

    run = {service["command"][1] for name, service in services.items() if name.endswith(f"-{kind}")}

    assert run == set(SERVICES)


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
