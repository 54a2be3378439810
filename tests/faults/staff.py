"""Handlers, residents and a leader who take appeals to their end, and insist when they are not answered.

Handlers are those of `jiesu simulate`: they know no procedure, but read each service's table. Residents rate
with their tracking codes, as `marks` plans it, and keep what was answered: that is what has to be found afterwards.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from services.portal.simulate_command import Procedure
from tests.faults.checks import read
from tests.nodes.node import NodeError, wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from tests.faults.place import Place

_AT_ONCE = 100
_PAUSE = 0.1
_SECONDS = 240.0
_MOST_ROUNDS = 4
#: Refusals that say no more than that somebody, or an answer that was lost, came first.
_RACES = frozenset({"stale", "illegal-step", "refused"})


def marks(serial: int, round_: int) -> dict[str, Any]:
    """Plan how the resident of the nth appeal rates each round: one in eight badly, some of them again and again."""
    bad = serial % 8 == 0 and (round_ == 1 or serial % 40 == 0) and (round_ < _MOST_ROUNDS or serial % 80 == 0)
    return {
        "attitude": 3 + serial % 3,
        "process": 3 + (serial // 3) % 3,
        "result": 1 + serial % 2 if bad else 4 + serial % 2,
        "solved": not bad,
        "comment": f"第 {round_} 次评价",
    }


def planned(serial: int) -> list[dict[str, Any]]:
    """Return all ratings that the resident of the nth appeal is going to give."""
    # After the last round a leader answers himself, and the resident is asked once more.
    rounds = [marks(serial, round_) for round_ in range(1, _MOST_ROUNDS + 2)]
    good = next((place for place, rating in enumerate(rounds) if rating["solved"]), _MOST_ROUNDS)
    return rounds[: good + 1]


class Staff:
    """Take appeals, given as their ids with the residents' codes, to their end while the context lasts."""

    def __init__(self, place: Place, codes: Mapping[str, str], mechanisms: Sequence[str]) -> None:
        self.place = place
        self.codes = codes
        self.serials = {subject: serial for serial, subject in enumerate(codes)}
        #: The ratings that were answered by 200, in the order of each appeal.
        self.given: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.steps = 0
        self.races: Counter[str] = Counter()
        self.complaints: list[str] = []
        self._token = {role: place.token(role) for role in ("handler", "leader")}
        self._procedures = {name: Procedure(_Reader(place, self._token["handler"]), name) for name in mechanisms}  # type: ignore[arg-type]
        self._closing = Procedure(_Reader(place, self._token["leader"]), "feedback")  # type: ignore[arg-type]
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._go_on, args=[one]) for one in (self._handle, self._judge)]
        self._residents = ThreadPoolExecutor(3)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)
        self._residents.shutdown()

    def await_steps(self, number: int) -> None:
        """Wait until so many steps were taken."""
        wait_until(lambda: self.steps >= number or bool(self.complaints), seconds=_SECONDS, what=f"The {number}th step")

    def finish(self) -> None:
        """Wait until every appeal is closed where its callback is kept."""
        try:
            wait_until(self._all_closed, seconds=_SECONDS, what="The last appeal's end")
        except NodeError as late:
            stuck = {name: Counter(self._mine(name).values()) for name in (*self._procedures, "feedback")}
            message = f"{late} {stuck} {self.races}"
            raise NodeError(message) from None

    def _all_closed(self) -> bool:
        time.sleep(_PAUSE)
        try:
            states = self._mine("feedback")
        except DBAPIError:
            return False
        return bool(self.complaints) or (len(states) == len(self.codes) and {*states.values()} == {"closed"})

    def _mine(self, service: str) -> dict[str, str]:
        return {subject: state for subject, state in self.place.states(service).items() if subject in self.codes}

    def _go_on(self, work: Any) -> None:
        while not self._over.is_set():
            try:
                moved = work()
            except (OSError, DBAPIError):
                # A server is away; what was answered is known, what was not is seen by looking again.
                moved = 0
            except Exception as error:
                self.complaints.append(f"{type(error).__name__}: {error}")
                raise
            if not moved:
                self._over.wait(_PAUSE)

    # -- handlers and the leader -----------------------------------------------

    def _handle(self) -> int:
        moved = 0
        for name, procedure in self._procedures.items():
            case = self.place.blueprint(name).case
            todo = [
                (row, trigger)
                for row in self._rows(name, case.state.not_in(("concluded", "closed")))
                if (trigger := self._next(procedure, row))
            ]
            for start in range(0, len(todo), _AT_ONCE):
                moved += self._act(procedure, todo[start : start + _AT_ONCE], "handler")
        return moved

    def _next(self, procedure: Procedure, row: Any) -> str:
        """Return a handler's next step: contact in each round, then a word on the progress, and on by the shortest way to a reply."""
        steps = [step for step in procedure.steps if row.state in step["sources"] and "handler" in step["who"]]
        names = {step["trigger"] for step in steps}
        for trigger, kept in (("contact_made", "contact_counts"), ("progress_made", "progress_made")):
            if trigger in names and not row.details.get(kept):
                return trigger
        here = procedure.distance.get(row.state, 0)
        nearer = [step for step in steps if procedure.distance.get(step["target"], here) < here]
        return str(min(nearer, key=lambda step: procedure.distance[step["target"]])["trigger"]) if nearer else ""

    def _act(self, procedure: Procedure, todo: Sequence[tuple[Any, str]], role: str) -> int:
        # With the version, a step whose answer was lost is not taken again.
        actions = [
            {
                "case_id": row.id,
                "trigger": trigger,
                "form": procedure.taken(trigger, datetime.now(UTC)),
                "version": row.version,
            }
            for row, trigger in todo
        ]
        path, token = f"/{procedure.name}/api/v1/actions", self._token[role]
        status, body = self.place.request("POST", path, {"actions": actions}, token=token)
        if status != 200:
            if status != 503:
                self.complaints.append(f"{path} was answered {status}: {body}")
            return 0
        refused = [
            (action, one["problem"]) for action, one in zip(actions, body["results"], strict=True) if "problem" in one
        ]
        for action, problem in refused:
            kind = problem["type"].rpartition(":")[2]
            self.races[kind] += 1
            if kind not in _RACES:
                self.complaints.append(f"{procedure.name} {action['trigger']}: {problem}")
        self.steps += len(actions) - len(refused)
        return len(actions) - len(refused)

    def _rows(self, service: str, *which: Any) -> list[Any]:
        case = self.place.blueprint(service).case
        with self.place.database(service).read() as session:
            rows = session.execute(select(case.id, case.subject, case.state, case.version, case.details).where(*which))
            return [row for row in rows if row.subject in self.codes]

    # -- residents, and the leader whom they bring in ----------------------------

    def _judge(self) -> int:
        state = self.place.blueprint("feedback").case.state
        due = self._rows("feedback", state == "callback_due")
        wait = [row for row in due if len(self.given[row.subject]) == int(row.details["round"]) - 1]
        list(self._residents.map(lambda row: self._rate(row.subject, int(row.details["round"])), wait))
        supervised = [(row, "supervision_answered") for row in self._rows("feedback", state == "supervised")]
        return len(wait) + (self._act(self._closing, supervised, "leader") if supervised else 0)

    def _rate(self, subject: str, round_: int) -> None:
        """Rate one round, and ask again with the same key until that is answered."""
        code, rating = self.codes[subject], marks(self.serials[subject], round_)
        path, key = f"/feedback/api/v1/appeals/{code}/rating", {"Idempotency-Key": f"{code}-{round_}"}
        while not self._over.is_set():
            try:
                status, body = self.place.request("POST", path, rating, headers=key)
            except OSError:
                status, body = 503, None
            if status == 200:
                self.given[subject].append(rating)
                self.steps += 1
                return
            if status != 503:
                self.complaints.append(f"rating {round_} of {subject} was answered {status}: {body}")
                return
            time.sleep(_PAUSE)


class _Reader:
    """Somebody who reads a service's table."""

    def __init__(self, place: Place, token: str) -> None:
        self._place = place
        self._token = token

    def get(self, path: str) -> Any:
        status, body = self._place.request("GET", path, token=self._token)
        assert status == 200, body
        return body


# -- the account of the later half of a life -------------------------------------------


class Books:
    """What each service has on each appeal, and whether the board holds it for over."""

    def __init__(self, place: Place, mechanisms: Sequence[str]) -> None:
        self.mechanisms = mechanisms
        self.of = {name: _Book(place, name) for name in ("intake", "routing", "feedback", *mechanisms)}
        appeals = place.blueprint("portal").metadata.tables["appeals"]
        with place.database("portal").read() as session:
            self.over = {row.subject: row.ended for row in session.execute(select(appeals))}


def ends(staff: Staff, kept: Books) -> list[str]:
    """Return a sentence for each appeal on whose end the services disagree, or that was not judged exactly as it was."""
    books, over, mechanisms = kept.of, kept.over, kept.mechanisms
    said = []
    for subject, serial in staff.serials.items():
        plan, given = planned(serial), staff.given[subject]
        supervised = not plan[-1]["solved"]
        rounds = len(plan) - supervised
        [mechanism] = [name for name in mechanisms if subject in books[name].states] or [""]
        want: dict[str, Any] = {
            "ratings answered": (given, plan),
            "states": (
                [*(books[name].states.get(subject) for name in ("intake", "routing", "feedback", mechanism) if name)],
                ["closed"] * 4,
            ),
            "board": (over.get(subject), True),
            "marks that feedback keeps": (
                [_marks(form) for form in books["feedback"].forms(subject, "rated")],
                [_marks(rating) for rating in plan],
            ),
            "ratings told": (
                [_marks(data) for data in books["feedback"].told(subject, "feedback.appeal_rated.v1")],
                [_marks(rating) for rating in plan],
            ),
            "how it ended": (
                [
                    (data["end"], data["rounds"])
                    for data in books["feedback"].told(subject, "feedback.appeal_closed.v1")
                ],
                [("supervised" if supervised else "rated", rounds)],
            ),
            "reworks of the ledger": (int(books["routing"].details[subject].get("reworks", 0)), rounds - 1),
        }
        counts = {
            ("feedback", "rework_ordered"): rounds - 1,
            ("feedback", "concluded_again"): rounds - 1,
            ("feedback", "closed"): int(not supervised),
            ("feedback", "supervision_answered"): int(supervised),
            ("feedback", "supervision_ended"): int(supervised),
            ("routing", "case_concluded"): rounds,
            ("routing", "rework_ordered"): rounds - 1,
            ("routing", "closed"): 1,
            ("intake", "closed"): 1,
        }
        if mechanism:
            counts |= {
                (mechanism, "case_accepted"): 1,
                (mechanism, "contact_made"): rounds,
                (mechanism, "progress_made"): 1,
                (mechanism, "rework_ordered"): rounds - 1,
                (mechanism, "rework_taken"): rounds - 1,
                (mechanism, "closed"): 1,
            }
            want |= {
                f"letters {key}": (len(books[mechanism].told(subject, f"{mechanism}.{key}.v1")), number)
                for key, number in (
                    ("case_accepted", rounds),
                    ("case_contacted", rounds),
                    ("case_progressed", 1),
                    ("case_concluded", rounds),
                )
            }
        want |= {
            f"{trigger} in {service}": (len(books[service].forms(subject, trigger)), number)
            for (service, trigger), number in counts.items()
        }
        said += [
            f"{subject} (the {serial}th, {mechanism}): {what}: {is_} instead of {should}"
            for what, (is_, should) in want.items()
            if is_ != should
        ]
    return said


def _marks(rating: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(rating[name] for name in ("attitude", "process", "result", "solved"))


class _Book:
    """What one service has on each subject."""

    def __init__(self, place: Place, name: str) -> None:
        self._records = read(place, name)
        case = place.blueprint(name).case
        with place.database(name).read() as session:
            rows = session.execute(select(case.subject, case.state, case.details)).all()
        self.states = {row.subject: row.state for row in rows}
        self.details = {row.subject: row.details for row in rows}
        self._told: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for letter in self._records.letters:
            self._told[letter.subject, letter.key].append(letter.data)

    def told(self, subject: str, key: str) -> list[Any]:
        """Return what was told of a subject under a key, in order."""
        return self._told[subject, key]

    def forms(self, subject: str, trigger: str) -> list[Any]:
        """Return the forms of a subject's steps of a name, in order."""
        case = self._records.cases[subject]
        return [entry["form"] for entry in self._records.timeline[case.id] if entry["trigger"] == trigger]
