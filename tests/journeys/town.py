"""A town to walk appeals through: its people, who know only the public doors of a platform."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from chassis.access import Principal, sign_token
from chassis.keys import KeyFolder
from services.portal.simulate_command import Procedure
from services.routing.dispatch import ruleset

if TYPE_CHECKING:
    from chassis.workflow import Workflow
    from tests.nodes.street import Platform

MECHANISMS = ("mediation", "enforcement", "hotline", "wage_recovery", "relief", "property")
#: What nobody can classify, so that the desk decides and a leader signs.
VAGUE = "请街道派人来了解一下具体情况。"
#: What the rules of sign-off may sign, and which mechanism it goes to.
PLAIN = "黄河八路路灯坏了一周,晚上出行不便,请尽快维修。"

_SECONDS = 60.0
_MOST_STEPS = 80
_NOWHERE = 99


@dataclass(frozen=True, slots=True)
class Appeal:
    """What the resident keeps of an appeal."""

    id: str
    code: str


class Person:
    """Somebody with a browser: staff with a token, or a resident without one."""

    def __init__(self, street: Platform, name: str, *roles: str) -> None:
        self.street = street
        self.name = name
        self._token = _token(street, name, *roles) if roles else ""

    def get(self, path: str) -> Any:
        """Read a page that is there."""
        status, body = self.street.request("GET", path, token=self._token)
        assert status == 200, (path, status, body)
        return body

    def put(self, path: str, body: Any) -> tuple[int, Any]:
        """Keep something in a place, whatever becomes of it."""
        return self.street.request("PUT", path, body, token=self._token)

    def post(self, path: str, body: Any, *, key: str = "") -> tuple[int, Any]:
        """Send something, whatever becomes of it."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.street.request("POST", path, body, token=self._token, headers=headers)


def as_one_of(mechanism: str) -> dict[str, str]:
    """Name a mechanism that an appeal is sent on to, and the first of its categories."""
    codes = (code for code, row in ruleset.categories().items() if row["mechanism"] == mechanism)
    return {"mechanism": mechanism, "category": next(codes)}


def _token(street: Platform, name: str, *roles: str) -> str:
    who = Principal(
        id=name, name=name, roles=frozenset(roles), services=frozenset({"*"}), units=frozenset({"*"}), lang="zh"
    )
    return sign_token(who, KeyFolder(street.settings.keys).signing(), datetime.now(UTC), timedelta(days=3650))


class MainPath(Procedure):
    """A procedure whose cases are brought to the conclusion that everybody hopes for."""

    def __init__(self, person: Person, name: str) -> None:
        # It only reads.
        super().__init__(person, name)  # type: ignore[arg-type]
        self.all_steps = self.steps
        others = {s["trigger"] for s in self.steps if s["target"] == "concluded" and s["trigger"] != "concluded"}
        self.steps = [step for step in self.steps if step["trigger"] not in others]
        self.triggers = {step["trigger"] for step in self.steps}
        self.distance = self._distances({"concluded"} if self.ends - {"concluded"} else self.ends)


class Town:
    """A platform with people in it."""

    def __init__(self, street: Platform) -> None:
        self.street = street
        self.resident = Person(street, "居民甲")
        self.operator = Person(street, "话务员甲", "operator")
        self.desk = Person(street, "信息中心甲", "desk")
        self.leader = Person(street, "街道领导甲", "leader")
        self.handler = Person(street, "处办员甲", "handler")
        self.reviewer = Person(street, "审核员甲", "reviewer")
        self.appeals: list[Appeal] = []
        self._procedures: dict[str, MainPath] = {}

    # -- the resident ----------------------------------------------------------

    def report(self, text: str, *, by: Person | None = None, **more: Any) -> Appeal:
        """Send an appeal that no other one resembles."""
        about = f"{text}(第 {uuid4().int % 1_000_000} 号)"
        body = {
            "text": about,
            "place": {"text": "黄河八路 1 号"},
            "contact": {"name": "居民甲", "phone": "13800000000"},
        }
        status, answer = (by or self.resident).post("/intake/api/v1/appeals", {**body, **more})
        assert status == 201, answer
        return self.know(answer)

    def know(self, answer: dict[str, Any]) -> Appeal:
        """Keep the tracking code of an answer."""
        appeal = Appeal(answer["appeal_id"], answer["tracking_code"])
        self.appeals.append(appeal)
        return appeal

    def tracked(self, appeal: Appeal) -> Any:
        """Return what the resident may see."""
        return self.resident.get(f"/intake/api/v1/appeals/{appeal.code}")

    def await_public(self, appeal: Appeal, state: str) -> Any:
        """Return what the resident sees as soon as the appeal stands so."""
        return awaited(lambda: self.tracked(appeal), lambda seen: seen["state"] == state, f"the resident sees {state}")

    def rate(self, appeal: Appeal, **marks: Any) -> None:
        """Rate by the tracking code, once the callback is due."""
        self.await_case("feedback", appeal, "callback_due")
        rating = {"attitude": 5, "process": 5, "result": 5, "solved": True, "comment": "", **marks}
        status, answer = self.resident.post(f"/feedback/api/v1/appeals/{appeal.code}/rating", rating)
        assert status == 200, answer

    # -- staff -----------------------------------------------------------------

    def found(self, service: str, appeal: Appeal) -> dict[str, Any] | None:
        """Return a service's case of an appeal as its list has it, or None."""
        items: list[dict[str, Any]] = self.leader.get(f"/{service}/api/v1/cases?subject={appeal.id}")["items"]
        return items[0] if items else None

    def case(self, service: str, appeal: Appeal, person: Person | None = None) -> Any:
        """Return a service's case of an appeal whole, as somebody sees it."""
        found = self.found(service, appeal)
        assert found is not None, f"{service} has no case of {appeal.id}"
        return (person or self.leader).get(f"/{service}/api/v1/cases/{found['id']}")

    def await_case(self, service: str, appeal: Appeal, *states: str) -> Any:
        """Return a service's case as soon as it is there in one of the states."""
        seen = awaited(
            lambda: self.found(service, appeal),
            lambda case: case is not None and (not states or case["state"] in states),
            f"{service} has it as {' or '.join(states)}",
        )
        return self.leader.get(f"/{service}/api/v1/cases/{seen['id']}")

    def try_to(
        self,
        person: Person,
        service: str,
        case_id: str,
        trigger: str,
        form: Any,
        *,
        version: int | None = None,
        key: str = "",
    ) -> tuple[int, Any]:
        """Ask for a step, whatever becomes of it."""
        body: dict[str, Any] = {"form": form}
        if version is not None:
            body["version"] = version
        return person.post(f"/{service}/api/v1/cases/{case_id}/actions/{trigger}", body, key=key)

    def act(self, person: Person, service: str, appeal: Appeal, trigger: str, /, **form: Any) -> Any:
        """Take a step, with the example form of its description where none is given; look again if a letter came first."""
        given = form or self.procedure(service).taken(trigger, self.now())
        for _ in range(5):
            case = self.case(service, appeal)
            status, answer = self.try_to(person, service, case["id"], trigger, given, version=case["version"])
            if status != 409 or not answer["type"].endswith("stale"):
                break
        assert status == 200, (service, case["state"], trigger, answer)
        return answer

    def now(self) -> datetime:
        """Return the street's time."""
        return datetime.now(UTC) + timedelta(seconds=self.street.seconds_ahead())

    def procedure(self, service: str) -> MainPath:
        """Return a service's table, as its door tells it."""
        if service not in self._procedures:
            self._procedures[service] = MainPath(self.leader, service)
        return self._procedures[service]

    def sent_to(self, mechanism: str, **more: Any) -> Appeal:
        """Report something vague, and have the desk and a leader send it to a mechanism."""
        appeal = self.report(VAGUE, **more)
        self.await_case("routing", appeal, "triage_due")
        decided = {"mechanism": mechanism, "category": "0101", "urgency": "III", "severity": "moderate"}
        self.act(self.desk, "routing", appeal, "corrected", **decided, reason="按诉求内容人工核定")
        case = self.await_case("routing", appeal, "awaiting_signoff")
        assert case["state"] == "awaiting_signoff"
        self.act(self.leader, "routing", appeal, "signed", opinion="同意，请主办单位按时限办理。")
        self.await_case(mechanism, appeal, "received")
        return appeal

    def go(self, mechanism: str, appeal: Appeal, *path: str, **changed: dict[str, Any]) -> None:
        """Take the steps of a path, each as whoever may, with its example form and what is changed in it.

        A step that a clock takes lets the time pass until then.
        """
        procedure = self.procedure(mechanism)
        staff = {"handler": self.handler, "reviewer": self.reviewer, "desk": self.desk, "leader": self.leader}
        for trigger in path:
            case = self.case(mechanism, appeal)
            steps = [one for one in procedure.all_steps if one["trigger"] == trigger]
            if steps[0]["expires"] and case["timeline"][-1]["trigger"] == trigger:
                # What a clock counts from was long ago, and it has run out before anybody looked.
                continue
            [step] = [one for one in steps if case["state"] in one["sources"]]
            if step["expires"]:
                self._let_time_pass(procedure, case)
                self.await_case(mechanism, appeal, step["target"])
            else:
                form = {**procedure.taken(trigger, self.now()), **changed.get(trigger, {})}
                self.act(staff[step["who"][0]], mechanism, appeal, trigger, **form)

    def return_to(self, other: str, mechanism: str, appeal: Appeal) -> None:
        """Let a mechanism return what is another's, and the desk grant it."""
        self.go(mechanism, appeal, "return_requested")
        self.await_case("routing", appeal, "return_pending")
        self.act(self.desk, "routing", appeal, "return_granted", opinion="退单理由成立，改派。", **as_one_of(other))
        assert self.await_case(mechanism, appeal, "returned")["ended_at"]
        self.await_case(other, appeal, "received")

    def transfer_there_and_back(self, mechanism: str, appeal: Appeal, other: str = "enforcement") -> Any:
        """Let a mechanism transfer a case, and a leader give it back from there; return it as it comes back."""
        self.go(mechanism, appeal, "transferred")
        assert self.await_case(mechanism, appeal, "transferred")["ended_at"]
        self.await_case("routing", appeal, "transfer_pending")
        self.act(self.desk, "routing", appeal, "redispatched", opinion="同意移送。", **as_one_of(other))
        self.await_case(other, appeal, "received")
        self.go(other, appeal, "case_accepted", "transferred", transferred={"to": mechanism})
        self.await_case("routing", appeal, "transfer_pending")
        decided = {**as_one_of(mechanism), "opinion": "经研究，由首接单位办理。"}
        self.act(self.leader, "routing", appeal, "transfer_adjudicated", **decided)
        return self.await_case(mechanism, appeal, "received")

    def withdraw(self, mechanism: str, appeal: Appeal) -> None:
        """Let the resident withdraw: the case ends with all its clocks."""
        path, reason = f"/intake/api/v1/appeals/{appeal.code}/withdraw", {"reason": "问题已自行解决"}
        status, answer = self.resident.post(path, reason)
        assert status == 200, answer
        withdrawn = self.await_case(mechanism, appeal, "withdrawn")
        assert {clock["state"] for clock in withdrawn["clocks"]} <= {"stopped", "expired"}

    def handle(self, mechanism: str, appeal: Appeal, *, most: int = 0) -> list[str]:
        """Drive a case through its mechanism's own procedure, or so many steps; return those that people took."""
        procedure = self.procedure(mechanism)
        taken: list[str] = []
        tried: set[str] = set()
        for _ in range(_MOST_STEPS):
            case = self.case(mechanism, appeal)
            if case["state"] == "concluded" or (most and len(taken) == most):
                return taken
            chosen = self._choose(procedure, appeal, tried)
            if chosen is None:
                self._let_time_pass(procedure, case)
                continue
            person, trigger = chosen
            tried.add(f"{case['state']}:{trigger}")
            self.act(person, mechanism, appeal, trigger)
            taken.append(trigger)
        message = f"{mechanism}: not concluded after {taken}"
        raise AssertionError(message)

    def _choose(self, procedure: MainPath, appeal: Appeal, tried: set[str]) -> tuple[Person, str] | None:
        nearer: list[tuple[int, Person, str]] = []
        loops: list[tuple[Person, str]] = []
        detours: list[tuple[int, Person, str]] = []
        for person in (self.handler, self.reviewer, self.operator, self.desk, self.leader):
            case = self.case(procedure.name, appeal, person)
            here = procedure.distance.get(case["state"], _NOWHERE)
            for action in (one for one in case["actions"] if one["allowed"] and one["trigger"] in procedure.triggers):
                trigger, far = action["trigger"], procedure.distance.get(action["target"], _NOWHERE)
                if action["target"] == case["state"] and f"{case['state']}:{trigger}" not in tried:
                    if trigger == "contact_made" and not case["details"].get("contact_counts"):
                        return person, trigger
                    loops.append((person, trigger))
                elif far < here:
                    nearer.append((far, person, trigger))
                elif far < _NOWHERE and f"{case['state']}:{trigger}" not in tried:
                    detours.append((far, person, trigger))
        if nearer:
            _, person, trigger = min(nearer, key=lambda one: one[0])
            return person, trigger
        if loops:
            return loops[0]
        if detours:
            # What would lead to the end sooner is not for this case.
            _, person, trigger = min(detours, key=lambda one: one[0])
            return person, trigger
        return None

    def _let_time_pass(self, procedure: MainPath, case: dict[str, Any]) -> None:
        """Move the time to the clock that a case waits for, and wait until it has run out."""
        expiring = {step["expires"] for step in procedure.steps if case["state"] in step["sources"] and step["expires"]}
        dues = [
            clock["due_at"] for clock in case["clocks"] if clock["name"] in expiring and clock["state"] == "running"
        ]
        assert dues, f"{procedure.name}: nobody can take {case['state']} further: {case['actions']}"
        seconds = min(clock["remaining_seconds"] for clock in case["clocks"] if clock["due_at"] == min(dues))
        self.street.move_time(timedelta(seconds=max(seconds, 0) + 5))
        path = f"/{procedure.name}/api/v1/cases/{case['id']}"
        awaited(
            lambda: self.leader.get(path), lambda now: now["version"] != case["version"], f"{case['state']} expires"
        )


def ends_of(workflow: Workflow) -> set[tuple[str, str]]:
    """Return every end that a mechanism's table names: state and trigger of each conclusion, and the states it ends in."""
    ways = [(state, one) for one in workflow.steps if one.target == "concluded" for state in one.sources]
    concluding = {(state, one.trigger) for state, one in ways if state != one.target}
    return concluding | {(state, "") for state in workflow.ends}


def awaited(look: Any, holds: Any, what: str, seconds: float = _SECONDS) -> Any:
    """Return what is seen as soon as it holds; fail with what was seen last."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if holds(seen):
            return seen
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}; at last {seen}"
        time.sleep(0.05)
