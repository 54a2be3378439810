"""What is deployed is what is in the repository."""

from __future__ import annotations

import difflib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from chassis import gauges, metrics, settings
from chassis.figures import declared
from services.hotline.service import MISSED
from tests.architecture import house
from tests.nodes import programs

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SERVICES = [folder.name for folder in house.services(ROOT) if (folder / "pyproject.toml").exists()]
DASHBOARDS = "deploy/grafana/dashboards"
COUNTING = sorted(file.parent.name for file in ROOT.glob("services/*/figures.toml"))
OWN_DASHBOARDS = [f"{DASHBOARDS}/mechanism-{name}.json" for name in COUNTING]
SETTINGS = {row.name for row in settings.TABLE}


def written(path: str) -> Any:
    return yaml.safe_load((DEPLOY / path).read_text(encoding="utf-8"))


def environment_of(process: Any) -> dict[str, str]:
    found: dict[str, str] = process["environment"]
    return found


def written_for(root: Path, *names: str) -> str:
    """Have the lists of processes written for services of these names, and return what the command said."""
    for name in names:
        (root / "services" / name).mkdir(parents=True, exist_ok=True)
        (root / "services" / name / "pyproject.toml").touch()
        for data in ("figures.toml", "terms.toml"):
            if (there := ROOT / "services" / name / data).exists():
                shutil.copy(there, root / "services" / name)
    (root / "chassis").mkdir(exist_ok=True)
    shutil.copy(ROOT / "chassis/terms.toml", root / "chassis")
    command = [sys.executable, str(DEPLOY / "processes.py"), "--root", str(root)]
    return str(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_what_lists_every_services_processes_is_written_from_its_template_and_current(tmp_path: Path) -> None:
    lists = written_for(tmp_path, *SERVICES).split()

    assert len(lists) == 6 + len(COUNTING)
    for path in lists:
        assert (tmp_path / path).read_text(encoding="utf-8") == (ROOT / path).read_text(encoding="utf-8"), path
    assert written_for(tmp_path) == ""


def test_a_further_service_only_adds_lines_to_the_lists(tmp_path: Path) -> None:
    benches = tmp_path / "services/street_benches"
    benches.mkdir(parents=True)
    benches.joinpath("figures.toml").write_text('[mended]\nzh = "已修"\nen = "Mended"\n', encoding="utf-8")
    written = {*written_for(tmp_path, *SERVICES, "street_benches").split()}

    assert f"{DASHBOARDS}/mechanism-street_benches.json" in written
    for path in written - {f"{DASHBOARDS}/mechanism-street_benches.json"} - {*OWN_DASHBOARDS}:
        before, after = ((one / path).read_text(encoding="utf-8").splitlines() for one in (ROOT, tmp_path))

        changes = [line for line in difflib.ndiff(before, after) if line[:2] in ("- ", "+ ")]
        assert {line[0] for line in changes} == {"+"}, path
        assert any(re.search("street[-_]benches", line) for line in changes), path


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
        assert set(re.findall(r"\$\{(\w+)", str(process))) == {
            secret,
            "JIESU_MECHANISMS",
            "JIESU_STREET",
            "JIESU_UNITS",
        }
        for name in ("JIESU_MECHANISMS", "JIESU_STREET"):
            assert environment_of(process)[name] == f"${{{name}:-}}"
        assert re.fullmatch(rf"amqp://{service}:\$\{{{secret}\W.*@rabbitmq:5672/%2F", environment["JIESU_AMQP_URL"])
        assert environment["JIESU_DATABASE_URL"] == f"postgresql://{service}:${{{secret}}}@postgres/{service}"
        assert [one for one in process["volumes"] if "keys" in one] == [f"keys-{hyphened}:/run/keys/jiesu:ro"]
        assert "env_file" not in process


def test_the_data_of_each_process_lie_where_they_stay() -> None:
    [data] = re.findall(r"JIESU_DATA=(\S+)", (DEPLOY / "images/Dockerfile").read_text(encoding="utf-8"))
    for service in SERVICES:
        for kind in ("worker", "web"):
            process = written("compose/compose.yaml")["services"][f"{service.replace('_', '-')}-{kind}"]
            assert [one for one in process["volumes"] if one.endswith(f":{data}")], (service, kind)
    for unit in sorted((DEPLOY / "systemd").glob("*.service")):
        lines = unit.read_text(encoding="utf-8").splitlines()
        assert {f"Environment=JIESU_DATA={data}", f"WorkingDirectory={data}", "StateDirectory=jiesu"} <= {*lines}, unit
        # What the department sets in its own file counts.
        assert lines.index(f"Environment=JIESU_DATA={data}") < lines.index("EnvironmentFile=/etc/jiesu/%i.env")


@pytest.mark.parametrize("script", ["passwords", "hand-out-keys"])
def test_a_script_without_its_file_says_how_it_is_called(script: str) -> None:
    done = subprocess.run([ROOT / "deploy" / script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr.split(": ")[1].split()[0]) == (2, f"deploy/{script}")


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

    names = {name for job in jobs for source in job.get("dns_sd_configs", ()) for name in source["names"]}

    assert names == {f"{service.replace('_', '-')}-{kind}" for service in SERVICES for kind in ("worker", "web")}


#: RabbitMQ's own, at /metrics/detailed (https://www.rabbitmq.com/docs/prometheus#detailed-endpoint).
OTHERS = {"rabbitmq_detailed_queue_messages_ready"}


def figures() -> set[str]:
    """Return the names under which this repository's figures are collected."""
    ends = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
    found = [figure for figure in vars(metrics).values() if isinstance(figure, MetricWrapperBase)]
    own = {gauges.own(name, figure) for name in COUNTING for figure in declared(ROOT / "services" / name).values()}
    return {
        family.name + end for one in (*found, *own, MISSED) for family in one.describe() for end in ends[family.type]
    }


def asked(text: str) -> set[str]:
    """Return the figures that an expression asks for."""
    return set(re.findall(r"\b(?:jiesu|rabbitmq)_\w+", text))


ALARMS = [
    rule
    for name in ("alarms", "figures")
    for group in written(f"prometheus/{name}.yml")["groups"]
    for rule in group["rules"]
]
PANELS = [panel for file in sorted((ROOT / DASHBOARDS).glob("*.json")) for panel in written(str(file))["panels"]]
ASKED = [
    *((alarm["alert"], alarm["expr"]) for alarm in ALARMS),
    *((panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]),
]


@pytest.mark.parametrize(("name", "expression"), ASKED, ids=[name for name, _ in ASKED])
def test_alarms_and_dashboards_ask_for_figures_that_exist(name: str, expression: str) -> None:
    assert name
    assert asked(expression) or "up" in expression
    assert asked(expression) - figures() - OTHERS == set()


def test_a_figure_that_does_not_exist_is_found() -> None:
    assert asked("sum(rate(jiesu_letters_read[5m]))") - figures() == {"jiesu_letters_read"}


def promtool(*arguments: str | Path) -> str:
    done = subprocess.run([programs.promtool(), *arguments], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_prometheus_understands_its_settings_and_the_alarms_go_off_when_they_should() -> None:
    assert promtool("check", "config", DEPLOY / "prometheus/prometheus.yml") == ""
    for tested in ("alarms", "figures"):
        assert promtool("test", "rules", DEPLOY / f"prometheus/{tested}.test.yml") == ""


def test_prometheus_understands_every_panel(tmp_path: Path) -> None:
    expressions = [expression.replace("$service", ".*") for _, expression in ASKED]
    rules = [{"record": f"panel:{number}", "expr": expression} for number, expression in enumerate(expressions)]
    file = tmp_path / "panels.yml"

    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    assert promtool("check", "rules", file) == ""
    file.write_text(file.read_text(encoding="utf-8").replace("rate(", "rait("), encoding="utf-8")
    assert "rait" in promtool("check", "rules", file)


def test_grafana_finds_its_dashboards_and_where_their_figures_come_from() -> None:
    [source] = written("grafana/provisioning/datasources/prometheus.yaml")["datasources"]
    [provider] = written("grafana/provisioning/dashboards/jiesu.yaml")["providers"]
    grafana = written("compose/compose.yaml")["services"]["grafana"]

    assert f"../grafana/dashboards:{provider['options']['path']}:ro" in grafana["volumes"]
    assert source["url"] == "http://prometheus:9090"
    assert {panel["datasource"]["uid"] for panel in PANELS} == {source["uid"]}
