"""`jiesu calc`: a service's computations, for other software and for checking."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from chassis import calc as calculating
from chassis import catalogue
from chassis.problems import ProblemError
from chassis.wire import plain

_UNUSABLE = 2


@click.command(
    "calc", epilog="jiesu calc --list; jiesu calc SERVICE COMPUTATION --example | jiesu calc SERVICE COMPUTATION"
)
@click.argument("service", required=False)
@click.argument("computation", required=False)
@click.option("--list", "listed", is_flag=True, help="List the computations with their schemas. 列出各项计算")
@click.option("--example", "as_example", is_flag=True, help="Print what it takes, as an example. 输入示例")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, also of what is wrong. 输出 JSON")
def calc(*, service: str | None, computation: str | None, listed: bool, as_example: bool, as_json: bool) -> None:
    """Compute (计算) what a JSON object on the standard input asks for, and explain it line by line (逐行说明)."""
    try:
        if listed or service is None:
            _list(service, as_json=as_json)
            return
        there = _of(service)
        if computation is None:
            raise click.UsageError(f"给出一项计算 / name a computation: jiesu calc {service} --list")
        found = calculating.find(there, computation)
        if as_example:
            click.echo(json.dumps(calculating.described(found)["example"], ensure_ascii=False, indent=2))
            return
        _say(calculating.reckon(found, _given()), as_json=as_json)
    except ProblemError as problem:
        if as_json:
            click.echo(json.dumps(problem.body(), ensure_ascii=False, indent=2))
        else:
            for error in problem.told():
                click.echo(f"{error['pointer']}  {error['zh']} / {error['en']}".strip(), err=True)
        sys.exit(_UNUSABLE)


def _of(service: str) -> tuple[calculating.Computation, ...]:
    try:
        return catalogue.service(service).computations
    except catalogue.UnknownServiceError as error:
        raise click.UsageError(str(error)) from None


def _given() -> dict[str, Any]:
    try:
        given = json.load(sys.stdin)
    except ValueError as error:
        raise ProblemError(400, "not-json", "标准输入不是 JSON", f"The standard input is no JSON: {error}") from None
    if not isinstance(given, dict):
        raise ProblemError(400, "not-json", "标准输入应为一个 JSON 对象", "The standard input must be one JSON object")
    return given


def _list(service: str | None, *, as_json: bool) -> None:
    found = {name: _of(name) for name in ([service] if service else catalogue.names())}
    if as_json:
        body = [{"service": name, **calculating.described(one)} for name, own in found.items() for one in own]
        click.echo(json.dumps(plain(body), ensure_ascii=False, indent=2))
        return
    for name, own in found.items():
        for one in own:
            click.echo(f"{name} {one.name}  {one.zh} / {one.en}")


def _say(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    for line in answer["explanation"]:
        click.echo(line["zh"] + (f"（{line['basis']}）" if line["basis"] else ""))
    for name in answer["not_verified"]:
        click.echo(f"未核实 / not verified：{name}")
