"""The manifests for Kubernetes say what the code, the image and the gateway say.

What is rendered is not looked at here, since kustomize is no package of Debian: the bases and what refers to them are.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis import settings
from tests.architecture import house

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
FOLDER = DEPLOY / "kubernetes"
SERVICES = [folder.name for folder in house.services(ROOT) if (folder / "pyproject.toml").exists()]
SETTINGS = {row.name for row in settings.TABLE}
FILES = sorted(FOLDER.rglob("*.yaml"))


def documents(path: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((FOLDER / path).read_text(encoding="utf-8")))


def one(path: str, kind: str) -> dict[str, Any]:
    [found] = [document for document in documents(path) if document["kind"] == kind]
    return found


def container(path: str, kind: str = "Deployment") -> dict[str, Any]:
    [found] = one(path, kind)["spec"]["template"]["spec"]["containers"]
    return dict(found)


POD = one("process/pod.yaml", "Deployment")["spec"]["template"]["spec"]
WORKER, WEB = container("process/worker.yaml"), container("process/web.yaml")


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(FOLDER)) for file in FILES])
def test_each_manifest_is_one_and_its_kustomization_names_it(file: Path) -> None:
    assert all(
        {"apiVersion", "kind"} <= {*document} for document in yaml.safe_load_all(file.read_text(encoding="utf-8"))
    )
    kustomization = yaml.safe_load((file.parent / "kustomization.yaml").read_text(encoding="utf-8"))
    named = {*kustomization["resources"], *(patch.get("path", "") for patch in kustomization.get("patches", ()))}

    assert file.name in {*named, "kustomization.yaml"}
    assert [name for name in named if not (file.parent / name).exists()] == []


def test_every_service_is_there_under_its_own_name() -> None:
    listed = one("kustomization.yaml", "Kustomization")["resources"]

    assert [name for name in listed if "/" in name] == [f"services/{service}" for service in SERVICES]
    for service in SERVICES:
        own = one(f"services/{service}/kustomization.yaml", "Kustomization")
        assert own["namePrefix"] == f"{service.replace('_', '-')}-"
        assert own["labels"] == [{"pairs": {"app.kubernetes.io/name": service}, "includeSelectors": True}]
        assert "../../process" in own["resources"]


def test_each_pod_runs_the_service_that_its_label_names() -> None:
    [service] = [variable for variable in POD["containers"][0]["env"] if variable["name"] == "SERVICE"]

    assert service["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.labels['app.kubernetes.io/name']"
    assert WORKER["args"] == ["worker", "$(SERVICE)"]
    assert WEB["args"][:2] == ["web", "$(SERVICE)"]
    assert container("process/migrate.yaml", "Job")["args"] == ["migrate", "$(SERVICE)"]


def test_each_variable_is_a_setting() -> None:
    names = {variable["name"] for part in (POD["containers"][0], WORKER, WEB) for variable in part.get("env", ())}
    secret = (FOLDER / "process" / "secrets.yaml").read_text(encoding="utf-8")

    assert names - {"SERVICE"} <= SETTINGS
    assert {*re.findall(r"JIESU_\w+", secret)} == {"JIESU_AMQP_URL", "JIESU_DATABASE_URL"} & SETTINGS


def test_ports_are_those_that_the_processes_listen_on_and_probes_ask_there() -> None:
    [ops] = [variable["value"] for variable in WORKER["env"] if variable["name"] == "JIESU_OPS_PORT"]
    served = {"process/worker.yaml": (WORKER, ops), "process/web.yaml": (WEB, WEB["args"][-1])}

    for path, (process, number) in served.items():
        annotations = one(path, "Deployment")["spec"]["template"]["metadata"]["annotations"]
        [port] = process["ports"]
        assert str(port["containerPort"]) == annotations["prometheus.io/port"] == number
        assert annotations["prometheus.io/path"] == "/metrics"
        for probe, asked in (("startup", "/healthz"), ("liveness", "/healthz"), ("readiness", "/readyz")):
            assert process[f"{probe}Probe"]["httpGet"] == {"path": asked, "port": port["name"]}
    assert one("process/web.yaml", "Service")["spec"]["ports"] == [{"name": "http", "port": 8000, "targetPort": "http"}]
    allowed = {document["metadata"]["name"]: document["spec"]["ingress"] for document in documents("network.yaml")}
    assert [rule["ports"] for rule in allowed["web"]] == [[{"port": 8000}]]
    assert [rule["ports"] for rule in allowed["electronic-file"]] == [[{"port": 8000}]]
    assert [rule["ports"] for rule in allowed["everything-else"]] == [[{"port": int(ops)}]]


def test_feedbacks_pages_reach_whatever_may_hold_a_part_of_a_file_and_not_the_portal() -> None:
    specs = {document["metadata"]["name"]: document["spec"] for document in documents("network.yaml")}
    [rule] = specs["electronic-file"]["ingress"]
    feedback = {"matchLabels": {"app.kubernetes.io/name": "feedback", "app.kubernetes.io/component": "web"}}

    assert [one for one in rule["from"] if "podSelector" in one] == [{"podSelector": feedback}]
    assert specs["electronic-file"]["podSelector"]["matchExpressions"] == [
        {"key": "app.kubernetes.io/name", "operator": "NotIn", "values": ["portal"]}
    ]
    assert not [one for rule in specs["web"]["ingress"] for one in rule["from"] if "podSelector" in one]


def test_the_ingress_leads_where_the_gateway_leads_and_shows_no_figures() -> None:
    gateway = (DEPLOY / "gateway" / "nginx.conf").read_text(encoding="utf-8")
    led = dict(re.findall(r"location (/\S*) \{\s+set \$web (\S+);", gateway))
    [rule] = one("ingress.yaml", "Ingress")["spec"]["rules"]
    paths = {path["path"]: (path["pathType"], path["backend"]["service"]) for path in rule["http"]["paths"]}

    shown = {path: service["name"] for path, (kind, service) in paths.items() if kind == "Prefix"}
    hidden = {path for path, (kind, service) in paths.items() if kind == "Exact" and service["name"] == "nowhere"}

    assert shown == led
    assert hidden == {"/metrics", *(f"/{service}/metrics" for service in SERVICES)}
    assert all(service["port"] == {"number": 8000} for _, service in paths.values())
    assert "selector" not in one("ingress.yaml", "Service")["spec"]


def test_a_pod_may_do_nothing_but_its_work() -> None:
    image = (DEPLOY / "images" / "Dockerfile").read_text(encoding="utf-8")
    [uid] = re.findall(r"useradd --system --uid (\d+)", image)
    process = POD["containers"][0]

    assert POD["securityContext"]["runAsNonRoot"]
    assert POD["securityContext"]["runAsUser"] == POD["securityContext"]["fsGroup"] == int(uid)
    assert process["securityContext"] == {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not POD["automountServiceAccountToken"]


def test_what_the_image_names_is_mounted() -> None:
    image = (DEPLOY / "images" / "Dockerfile").read_text(encoding="utf-8")
    [data], [keys] = re.findall(r"JIESU_DATA=(\S+)", image), re.findall(r"JIESU_KEYS_DIR=(\S+)", image)
    mounted = {mount["mountPath"]: mount["name"] for mount in POD["containers"][0]["volumeMounts"]}

    assert {*mounted} == {data, f"{keys}/private", f"{keys}/public", "/tmp"}  # noqa: S108 - the pod's own
    assert {*mounted.values()} == {volume["name"] for volume in POD["volumes"]}
    # Intake keeps pictures: it patches the volume by its place.
    assert POD["volumes"][2]["name"] == "data"
