"""`jiesu simulate`: plays staff and residents on a demo platform, through its public doors.

It knows no procedure: it reads each service's table and takes, case by case, the steps
that lead to an end, with the example form of each step, now and then by a side path.
When everybody waits for a clock, it moves the demo's time on to the next one.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import re
import subprocess
import sys
import time
import zlib
from collections import deque
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import requests
from PIL import Image
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chassis import catalogue, pictures
from chassis.access import Principal, sign_token
from chassis.commands import data_option, json_option, running_here, settings_or_exit
from chassis.keys import KeyFolder, KeysError
from chassis.workcalendar import local, local_date
from chassis.workflow import Role
from services.portal.story import Story, next_step, read_story, with_pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_AT_ONCE = 200
#: Who plays: nobody reviews or calls back what he handled himself, nobody decides what he reviewed, and who calls a second
#: time did not call the first.
_CAST = {
    ("handler",): "模拟承办人",
    ("operator", "desk", "reviewer"): "模拟话务员",
    ("leader",): "模拟领导",
    ("inspector", "operator"): "模拟复核员",
    # One has answered, another has called, and the second call is somebody else's.
    ("desk", "operator"): "模拟抽查员",
}
#: One rating in twelve is bad, so that rework is played too.
_BAD_RATINGS = 1 / 12
_SIDE_PATHS = 0.03
#: What is rare: or most appeals of a play would be counted out of the rates, or end because the party is gone.
_SELDOM = frozenset({"exclusion_proposed", "terminated"})
_ONE_IN = 25
#: Ends at the door, other than closed, of what may have been called back and closed in feedback.
_CALLED_TOO = ("merged", "withdrawn")
_PAUSE = 0.2
_STUCK_AFTER = 50
_TOKEN_LIFE = timedelta(days=3650)
#: A household as examples spell it: building, floor and door. So large is the estate that they are spread over.
_HOUSEHOLD = re.compile(r"(\d+)号楼(\d{1,2})(\d\d)(?!\d)")
_BUILDINGS, _FLOORS, _DOORS = 36, 14, 4


class PlatformError(Exception):
    """The platform's answer to something that should have worked."""


class Platform:
    """A platform's public doors, seen by one of its staff."""

    def __init__(self, url: str, token: str, roles: tuple[str, ...]) -> None:
        self.url = url.rstrip("/")
        self.roles = frozenset(roles)
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: Any) -> Any:
        """Read."""
        return self._read(self.http.get(f"{self.url}{path}", params=query, timeout=120))

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """Write."""
        return self._read(self.http.post(f"{self.url}{path}", json=body, headers=headers, timeout=300))

    def lay(self, case_path: str, shows: str, at: datetime) -> str:
        """Lay a drawn picture to a case, as if taken in that hour, in which it is the same each time; return its digest."""
        out, exif = io.BytesIO(), Image.Exif()
        exif.get_ifd(pictures.EXIF)[pictures.TAKEN] = f"{local(at):%Y:%m:%d %H:00:00}"
        exif.get_ifd(pictures.GPS).update({1: "N", 2: (37.0, 22.0, 57.4), 3: "E", 4: (118.0, 0.0, 51.1)})
        hue = zlib.crc32(f"{case_path} {shows}".encode()) % 360
        Image.new("RGB", (640, 480), f"hsl({hue}, 40%, 60%)").save(
            out, "JPEG", comment=f"{case_path} {shows}".encode(), exif=exif
        )
        sent = {"file": ("photo.jpg", out.getvalue(), "image/jpeg")}
        self._read(self.http.post(f"{self.url}{case_path}/evidence", data={"shows": shows}, files=sent, timeout=300))
        return hashlib.sha256(out.getvalue()).hexdigest()

    @staticmethod
    def _read(response: requests.Response) -> Any:
        if not response.ok:
            message = f"{response.request.method} {response.url}: {response.status_code} {response.text[:400]}"
            raise PlatformError(message)
        return response.json()


class Procedure:
    """One service's table: how far each state is from an end, and example forms."""

    def __init__(self, platform: Platform, name: str) -> None:
        self.name = name
        table = platform.get(f"/{name}/api/v1/workflow")
        self.steps = table["steps"]
        self.ends = set(table["ends"])
        self.examples = _examples(platform.get(f"/{name}/openapi.json"))
        #: The days from which a step's clocks are counted, and what has just been done: in a play they are today's.
        self.since = {step["trigger"]: step["since"] for step in self.steps}
        self.just_done = {step["trigger"]: step["now"] for step in self.steps}
        goals = {"concluded"} if any(state["name"] == "concluded" for state in table["states"]) else self.ends
        self.distance = self._distances(goals)

    def manned(self, roles: frozenset[str]) -> set[str]:
        """Return the states, ends apart, that these roles can bring a case out of, not away from its end."""
        return {
            source
            for step in self.steps
            if roles & set(step["who"])
            for source in step["sources"]
            if step["target"] != source and self.distance.get(step["target"], 99) <= self.distance.get(source, 99)
        } - self.ends

    def _distances(self, goals: set[str]) -> dict[str, int]:
        """Count the steps to a goal; what other services do counts only where nothing else leads there."""
        found = dict.fromkeys(goals, 0)
        self._spread(found, by_others=False)
        self._spread(found, by_others=True)
        return found

    def _spread(self, found: dict[str, int], *, by_others: bool) -> None:
        todo = deque(sorted(found, key=found.__getitem__))
        while todo:
            state = todo.popleft()
            for step in self.steps:
                if step["target"] == state and (by_others or step["who"] != [Role.BUS.value]):
                    for source in step["sources"]:
                        if source not in found:
                            found[source] = found[state] + 1
                            todo.append(source)

    def choose(self, case: dict[str, Any], tried: set[str], dice: random.Random) -> str | None:
        """Choose a person's next step of a case, or None if only a clock or another service can move it."""
        here = self.distance.get(case["state"], 99)
        rarely = zlib.crc32(case["id"].encode()) % _ONE_IN == 0
        open_steps = [a for a in case["actions"] if a["allowed"] and (rarely or a["trigger"] not in _SELDOM)]
        nearer = [a for a in open_steps if self.distance.get(a["target"], 99) < here]
        loops = [a for a in open_steps if a["target"] == case["state"] and a["trigger"] not in tried]
        needed = [a for a in loops if a["trigger"] == "contact_made"]
        if needed:
            return str(needed[0]["trigger"])
        aside = [
            a for a in open_steps if a["target"] != case["state"] and a["target"] in self.distance and a not in nearer
        ]
        if aside and dice.random() < _SIDE_PATHS:
            return str(dice.choice(aside)["trigger"])
        if nearer:
            nearest = min(self.distance[a["target"]] for a in nearer)
            return str(dice.choice([a for a in nearer if self.distance[a["target"]] == nearest])["trigger"])
        if loops:
            return str(loops[0]["trigger"])
        # Once from each state: what one leads aside again and again, another who could bring it on leads back for ever.
        fresh = [a for a in aside if a["trigger"] not in tried]
        return str(dice.choice(fresh)["trigger"]) if fresh else None

    def taken(self, trigger: str, now: datetime) -> dict[str, Any]:
        """Return the example form of a step, what has just been done being done now, in rows as well."""
        form = dict(self.examples.get(trigger) or {})
        for name in self.just_done.get(trigger, ()):
            field, _, inner = name.partition(".")
            if form.get(field) and inner:
                form[field] = [row | {inner: _taken(row[inner], now)} for row in form[field]]
            elif form.get(field):
                form[field] = _taken(form[field], now)
        return form

    def form(self, trigger: str, dice: random.Random, now: datetime) -> dict[str, Any]:
        """Return the example form of a step, taken now; marks are made to vary."""
        form = self.taken(trigger, now)
        form |= {name: _taken(form[name], now) for name in self.since.get(trigger, ()) if form.get(name)}
        if "solved" in form and "attitude" in form:
            bad = dice.random() < _BAD_RATINGS
            form |= {"solved": not bad, "result": dice.choice((1, 2)) if bad else dice.choice((4, 5, 5))}
            form |= {name: dice.choice((3, 4, 5, 5, 5)) for name in ("attitude", "process")}
        return form


def _taken(example: str, now: datetime) -> str:
    """Return this day, or this moment where the example is a moment."""
    return now.isoformat() if "T" in example else str(local_date(now))


def _examples(openapi: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for path, operations in openapi["paths"].items():
        body = operations.get("post", {}).get("requestBody")
        if "/cases/{case_id}/actions/" in path and body:
            found[path.rsplit("/", 1)[1]] = body["content"]["application/json"]["example"]["form"]
    return found


def at_home(value: Any, case_id: str) -> Any:
    """Move the households of an example form to an address of the case's own, the one above still above the other."""
    if isinstance(value, dict):
        return {name: at_home(inner, case_id) for name, inner in value.items()}
    if isinstance(value, list):
        return [at_home(inner, case_id) for inner in value]
    return (
        _HOUSEHOLD.sub(lambda found: _moved(found, zlib.crc32(case_id.encode())), value)
        if isinstance(value, str)
        else value
    )


def which(actions: Iterable[Mapping[str, Any]], trigger: str) -> dict[str, Any]:
    """Return what a step's form says of the case's own rows that it may be about: the first of each."""
    action: Mapping[str, Any] = next((one for one in actions if one["trigger"] == trigger), {})
    offers = action.get("offers", {})
    return {name: rows[0]["value"] for name, rows in offers.items() if rows}


def _moved(found: re.Match[str], by: int) -> str:
    building, floor, door = (int(number) for number in found.groups())
    by, building = by // _BUILDINGS, (building - 1 + by) % _BUILDINGS + 1
    by, floor = by // _FLOORS, floor + by % _FLOORS
    return f"{building}号楼{floor}{(door - 1 + by) % _DOORS + 1:02}"


def _taken_of(results: list[dict[str, Any]]) -> int:
    """Count the steps that were taken."""
    return sum("problem" not in result for result in results)


class Play:
    """One play: rounds over all services until nothing is open."""

    def __init__(self, cast: tuple[Platform, ...], seed: int, clock: Path | None, story: Story | None = None) -> None:
        self.story = story
        #: Until when each case of the story waits for its next step.
        self.waits: dict[str, datetime] = {}
        self.cast = cast
        self.platform = platform = cast[0]
        self.dice = random.Random(seed)  # noqa: S311 - a play that can be repeated, no secret
        self.clock = clock
        self.procedures = [Procedure(platform, name) for name in catalogue.names() if catalogue.has_cases(name)]
        #: What was tried of each case, by state; in a rework everything but what waits for it is tried anew.
        self.tried: dict[str, dict[str, set[str]]] = {}
        self.failed: dict[str, str] = {}

    def round(self) -> int:
        """Let each service's staff take one step of each case that they can; return how many were taken."""
        taken = sum(self._serve(procedure, player) for procedure in self.procedures for player in self.cast)
        return taken + sum(self._sign(player) + self._call_again(player) for player in self.cast)

    def _sign(self, player: Platform) -> int:
        """Sign what went ahead of its signature, also where the case has ended meanwhile."""
        if Role.LEADER not in player.roles:
            return 0
        waiting = player.get("/routing/api/v1/sign-off")["items"]
        chosen = [one["id"] for one in waiting if one["retroactive"]]
        if not chosen:
            return 0
        body = {"cases": chosen, "verdict": "sign", **self._example("routing", "countersigned")}
        return _taken_of(player.post("/routing/api/v1/sign-off", body)["results"])

    def _call_again(self, player: Platform) -> int:
        """Call those a second time who were drawn for it and whom somebody else called first."""
        if Role.OPERATOR not in player.roles:
            return 0
        actions = [
            {"case_id": one["id"], "trigger": "recalled", "form": self._example("feedback", "recalled")}
            for one in player.get("/feedback/api/v1/recalls")["due"]
        ]
        # Whoever called first is refused, and leaves it to the other.
        return _taken_of(player.post("/feedback/api/v1/actions", {"actions": actions})["results"]) if actions else 0

    def _example(self, service: str, trigger: str) -> dict[str, Any]:
        return next(one for one in self.procedures if one.name == service).form(trigger, self.dice, self.now())

    def _serve(self, procedure: Procedure, player: Platform) -> int:
        taken, after = 0, ""
        states = ",".join(sorted(procedure.manned(player.roles)))
        while states:
            page = player.get(
                f"/{procedure.name}/api/v1/cases",
                state=states,
                actions=1,
                limit=_AT_ONCE,
                after=after,
                sort="opened_at",
            )
            taken += self._act(procedure, player, page["items"])
            after = page["next"]
            if not after:
                break
        return taken

    def _act(self, procedure: Procedure, player: Platform, cases: list[dict[str, Any]]) -> int:
        actions = []
        for case in cases:
            states = self.tried.setdefault(case["id"], {})
            tried = states.setdefault(case["state"], set())
            if case["state"] == "rework_due":
                self.tried[case["id"]] = {"rework_due": tried}
            trigger, told = self._choose(procedure, player, case, tried)
            if trigger is None or self.failed.get(case["id"]) == f"{case['state']}:{case['version']}:{trigger}":
                continue
            tried.add(trigger)
            actions.append(
                {
                    "case_id": case["id"],
                    "trigger": trigger,
                    "form": at_home(procedure.form(trigger, self.dice, self.now()), case["id"])
                    | which(case["actions"], trigger)
                    | told,
                    "version": case["version"],
                    "_state": case["state"],
                }
            )
        if not actions:
            return 0
        sent = [{name: value for name, value in action.items() if name != "_state"} for action in actions]
        results = player.post(f"/{procedure.name}/api/v1/actions", {"actions": sent})["results"]
        for action, result in zip(actions, results, strict=True):
            if "problem" in result:
                self.failed[action["case_id"]] = f"{action['_state']}:{action['version']}:{action['trigger']}"
        return _taken_of(results)

    def _choose(
        self, procedure: Procedure, player: Platform, case: dict[str, Any], tried: set[str]
    ) -> tuple[str | None, dict[str, Any]]:
        """Choose as the story tells, where it tells of this case; else by the table."""
        told = self.story.of(case["title"]) if self.story else None
        if told is not None and procedure.name == "intake" and "intake" not in told.steps:
            # What a story tells of a mechanism is not answered at the desk before a leader has signed it.
            return None, {}
        if told is None or not (script := told.steps.get(procedure.name)):
            return procedure.choose(case, tried, self.dice), {}
        timeline = player.get(f"/{procedure.name}/api/v1/cases/{case['id']}")["timeline"]
        step, since = next_step(script, timeline)
        if step is None:
            return procedure.choose(case, tried, self.dice), {}
        self.waits[case["id"]] = since + timedelta(days=step.after_days)
        is_open = any(action["trigger"] == step.trigger and action["allowed"] for action in case["actions"])
        if not is_open or self.now() < self.waits[case["id"]]:
            return None, {}
        case_path = f"/{procedure.name}/api/v1/cases/{case['id']}"
        now = self.now()
        return step.trigger, with_pictures(step.form(now), lambda shows: player.lay(case_path, shows, now))

    def now(self) -> datetime:
        """Return the demo's time."""
        offset = 0.0
        if self.clock is not None and self.clock.exists():
            offset = float(self.clock.read_text(encoding="ascii") or 0)
        return datetime.now(UTC) + timedelta(seconds=offset)

    def waiting(self) -> int:
        """Return how many letters are on their way or still to be posted."""
        return sum(count["letters"]["waiting"] for count in self.counts().values())

    def counts(self) -> dict[str, Any]:
        """Return the counts of each service."""
        return {p.name: self.platform.get(f"/{p.name}/api/v1/counts") for p in self.procedures}

    def move_time(self) -> bool:
        """Move the demo's time to the next clock that somebody waits for; return whether it was moved."""
        if self.clock is None:
            return False
        now = self.now()
        dues = told = [due for due in self.waits.values() if due > now]
        for procedure in self.procedures:
            expiring = {s for step in procedure.steps if step["expires"] for s in step["sources"]} - procedure.ends
            if not expiring:
                continue
            page = self.platform.get(
                f"/{procedure.name}/api/v1/cases", state=",".join(sorted(expiring)), sort="due_at", limit=1
            )
            dues = [*dues, *(datetime.fromisoformat(item["due_at"]) for item in page["items"] if item["due_at"])]
        if not dues:
            return False
        # A case that is late already says nothing of when to go on where the story does.
        ahead = max((min([due for due in dues if due > now] if told else dues) - now).total_seconds() + 2.0, 3600.0)
        temporary = self.clock.with_suffix(".new")
        temporary.write_text(str((now - datetime.now(UTC)).total_seconds() + ahead), encoding="ascii")
        temporary.replace(self.clock)
        return True


@contextmanager
def platform_for(settings: Any) -> Iterator[str]:
    """Give the address of the platform that runs on the data folder, starting one if none does."""
    from chassis.serving import running  # noqa: PLC0415

    found = running(settings.data) or (running_here() if "JIESU_DATA" not in os.environ else None)
    if found is not None:
        yield found["url"]
        return
    port = _free_port()
    process = subprocess.Popen(  # noqa: S603 - this very program
        [sys.executable, "-m", "chassis", "up", "--demo", "--port", str(port), "--data", str(settings.data)],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield awaited(f"http://127.0.0.1:{port}", process, lambda: running(settings.data))
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def awaited(url: str, process: subprocess.Popen[bytes], another: Callable[[], Mapping[str, Any] | None]) -> str:
    """Return the address as soon as it answers: of another platform, where that came up on the folder a moment earlier."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if process.poll() is not None:
            found = another()
            if found is None:
                message = f"the platform did not start (exit {process.returncode})"
                raise click.ClickException(message)
            url = found["url"]
        try:
            if requests.get(f"{url}/healthz", timeout=2).ok:
                return url
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
    message = "the platform did not answer within 30 seconds"
    raise click.ClickException(message)


def _adds_up(counts: dict[str, Any], intake: str) -> bool:
    """Say whether the ledger has what came in, and every end that intake tells was reached there too.

    Each count is read from another service's own database, so that a lost appeal shows.
    """
    door, ledger = counts[intake], counts["routing"]
    closed = {name: count["ends"].get("closed", 0) + count["ends"].get("archived", 0) for name, count in counts.items()}
    handled = sum(closed[name] for name in counts if name not in {intake, "routing", "feedback"})
    answered = closed[intake] - handled
    return bool(
        door["cases"] == ledger["cases"]
        and door["ends"] == ledger["ends"]
        # Who was joined to another's appeal is merged at the door, and called back and closed in feedback; and who was called
        # because the promise had passed may have withdrawn after it.
        and closed[intake]
        <= closed["feedback"]
        <= closed[intake] + sum(door["ends"].get(name, 0) for name in _CALLED_TOO)
        and answered >= 0
    )


def account(counts: dict[str, Any], intake: str = "intake") -> dict[str, Any]:
    """Return the final account: every appeal that intake has is at one end, or open."""
    door = counts[intake]
    return {
        "appeals": door["cases"],
        "ends": door["ends"],
        "open": door["open"],
        "parked": sum(count["parked"] for count in counts.values()),
        "adds_up": _adds_up(counts, intake),
        "services": {name: {"cases": c["cases"], "ends": c["ends"], "open": c["open"]} for name, c in counts.items()},
    }


@click.command()
@click.option("--url", default="", help="A platform elsewhere. [default: the one on the data folder]")
@click.option("--seed", default=1, show_default=True, help="The same seed plays the same choices.")
@click.option("--seconds", default=1800, show_default=True, help="Stop after so long, with whatever is still open.")
@click.option(
    "--story",
    is_flag=True,
    help="First report the demo's own stories: fume of several restaurants, wages of a building site.",
)
@click.option("--force", is_flag=True, help="Also on a platform that is not a demo.")
@data_option
@json_option
def simulate(url: str, seed: int, seconds: int, data: str | None, *, story: bool, force: bool, as_json: bool) -> None:
    """Play staff and residents until every appeal has come to its end."""
    del data
    settings = settings_or_exit()
    settings.data.mkdir(parents=True, exist_ok=True)
    clock = settings.data / "clock-offset" if not url else None
    with platform_for(settings) if not url else _given(url) as address:
        about = json.loads((settings.data / "up.json").read_text(encoding="utf-8")) if clock else {}
        if url and not force:
            message = "simulated staff would act on the appeals of a platform elsewhere (--force to do it all the same)"
            raise click.UsageError(message)
        if not force and about and not about.get("demo") and _has_accounts(settings):
            message = f"{settings.data} is not a demo and has accounts: simulated staff would act on real appeals (--force to do it all the same)"
            raise click.UsageError(message)
        try:
            if story and not clock:
                message = "the story needs to move the time: play it on the data folder's own platform, without --url"
                raise click.UsageError(message)
            cast = tuple(Platform(address, _token(settings, roles, name), roles) for roles, name in _CAST.items())
            tale = read_story() if story else None
            for appeal in tale.appeals if tale else ():
                cast[1].post("/intake/api/v1/appeals", appeal.body, **{"Idempotency-Key": f"story-{appeal.key}"})
            counts = _run(Play(cast, seed, clock, tale), seconds, quiet=as_json)
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.InvalidURL,
            requests.exceptions.MissingSchema,
        ) as error:
            message = (
                f"{address} 没有应答，请检查地址和平台是否在运行，再运行一次即从中断处继续"
                f" / {address} does not answer ({type(error).__name__}): check the address and that the platform runs;"
                " run this again to go on"
            )
            raise click.ClickException(message) from None
    final = account(counts)
    if as_json:
        click.echo(json.dumps(final, ensure_ascii=False))
    else:
        _print(final)
    if final["open"] or final["parked"] or not final["adds_up"]:
        sys.exit(1)


@contextmanager
def _given(url: str) -> Iterator[str]:
    yield url


def _has_accounts(settings: Any) -> bool:
    from sqlalchemy import func, select  # noqa: PLC0415

    from chassis.database import Database  # noqa: PLC0415
    from services.portal.models import Account  # noqa: PLC0415

    database = Database(settings.database_for("portal"), "portal")
    with database.read() as session:
        count = session.scalar(select(func.count()).select_from(Account)) or 0
    database.close()
    return count > 0


def _token(settings: Any, roles: tuple[str, ...], name: str) -> str:
    given = os.environ.get("JIESU_TOKEN")
    if given:
        return given
    anyone = Principal(
        id=f"simulated-{roles[0]}",
        name=name,
        roles=frozenset(roles),
        services=frozenset({"*"}),
        units=frozenset({"*"}),
    )
    try:
        key = KeyFolder(settings.keys).signing()
    except KeysError as error:
        message = f"{error} (or give a staff token in JIESU_TOKEN)"
        raise click.UsageError(message) from None
    return sign_token(anyone, key, datetime.now(UTC), _TOKEN_LIFE)


def _run(play: Play, seconds: int, *, quiet: bool) -> dict[str, Any]:
    console = Console(stderr=True, quiet=quiet)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    deadline = time.monotonic() + seconds
    idle = 0
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("appeals closed", total=None)
        while True:
            taken = play.round()
            counts = play.counts()
            door = counts["intake"]
            progress.update(task, total=door["cases"], completed=door["cases"] - door["open"])
            if time.monotonic() > deadline:
                return counts
            waiting = sum(count["letters"]["waiting"] for count in counts.values())
            told = sum(count["letters"]["told"] for count in counts.values())
            if taken:
                idle = 0
                continue
            if not door["open"] and not waiting and not any(count["open"] for count in counts.values()):
                # What came to its end since that round may have been drawn for a second call.
                if play.round():
                    continue
                return counts
            time.sleep(_PAUSE)
            again = play.counts()
            if waiting or told != sum(count["letters"]["told"] for count in again.values()):
                continue
            idle += 1
            if idle % 5 == 4:  # noqa: PLR2004 - letters in flight are not counted anywhere; give them a second
                play.failed.clear()
                play.tried.clear()
                play.move_time()
            if idle > _STUCK_AFTER:
                return again


def _print(final: dict[str, Any]) -> None:
    click.echo(f"诉求 appeals    {final['appeals']}")
    for end, count in sorted(final["ends"].items()):
        click.echo(f"  {end:<16}{count}")
    click.echo(f"  未结 open        {final['open']}")
    click.echo(f"信件滞留 parked  {final['parked']}")
    click.echo("合计相符 adds up" if final["adds_up"] else "合计不符 DOES NOT ADD UP")
    for name, count in final["services"].items():
        ends = ", ".join(f"{end} {number}" for end, number in sorted(count["ends"].items()))
        click.echo(f"  {name:<14}{count['cases']:>6} cases: {ends or '-'}; open {count['open']}")
