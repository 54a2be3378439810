"""The portal's worker: keeps the board from everybody's facts, and forgets what is old."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chassis.clocks import Clock
from chassis.service import Service, chore, reads
from services.portal import accounts, board, schemas
from services.portal.models import Look

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from chassis.work import Work

#: The clock of the promise to the resident.
_PROMISE = "finish"


class PortalService(Service):
    """Signs staff in and shows where every appeal stands."""

    name = "portal"

    @reads("intake.appeal_registered.v1", schemas.Told)
    def on_appeal_registered(self, work: Work, _told: Mapping[str, Any]) -> None:
        """Count a new appeal."""
        board.note(work, "registered")

    @reads("intake.appeal_answered.v1", schemas.Told)
    def on_appeal_answered(self, work: Work, _told: Mapping[str, Any]) -> None:
        """Count an appeal answered on the spot among those to be called back."""
        board.note(work, "answered")

    @reads("intake.appeal_not_accepted.v1", schemas.Told)
    def on_appeal_not_accepted(self, work: Work, _told: Mapping[str, Any]) -> None:
        """Count an appeal that has another legal way and was told so."""
        board.note(work, "not_accepted")

    @reads("intake.appeal_relayed.v1", schemas.Told)
    def on_appeal_relayed(self, work: Work, _told: Mapping[str, Any]) -> None:
        """Count an emergency that 110, 119, 120 or 122 has, among what is handled."""
        board.note(work, "relayed")

    @reads("intake.appeal_followed_up.v1", schemas.Told)
    def on_appeal_followed_up(self, work: Work, _told: Mapping[str, Any]) -> None:
        """Count a relayed emergency that somebody has asked about as ended."""
        board.note(work, "followed_up")

    @reads("intake.appeal_merged.v1", schemas.Told)
    def on_appeal_merged(self, work: Work, _told: Mapping[str, Any]) -> None:
        """Count an appeal that another one stands for."""
        board.note(work, "merged")

    @reads("intake.appeal_unmerged.v1", schemas.Told)
    def on_appeal_unmerged(self, work: Work, _told: Mapping[str, Any]) -> None:
        """Count an appeal again that no other one stands for after all."""
        board.note(work, "unmerged")

    @reads("intake.appeal_reopened.v1", schemas.Told)
    def on_appeal_reopened(self, work: Work, _told: Mapping[str, Any]) -> None:
        """Count a closed appeal again that is handled again."""
        board.note(work, "reopened")

    @reads("intake.appeal_withdrawn.v1", schemas.Told)
    def on_appeal_withdrawn(self, work: Work, _told: Mapping[str, Any]) -> None:
        """Count an appeal that its petitioner withdrew."""
        board.note(work, "withdrawn")

    @reads("routing.appeal_ledgered.v1", schemas.Told)
    def on_appeal_ledgered(self, work: Work, _told: Mapping[str, Any]) -> None:
        """Count an appeal entered in the ledger."""
        board.note(work, "ledgered")

    @reads("routing.appeal_dispatched.v1", schemas.Dispatched)
    def on_appeal_dispatched(self, work: Work, sent: Mapping[str, Any]) -> None:
        """Count an appeal with its mechanism, and know until when it is promised."""
        board.note(
            work, "dispatched", sent_to=(sent["mechanism"], sent["lead_unit"]), due_at=_promised(work, sent["clocks"])
        )

    @reads("routing.extension_decided.v1", schemas.ClocksMoved)
    def on_extension_decided(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Know the new promise when more time was granted."""
        if decided["granted"]:
            board.note(work, moved_to=_promised(work, decided["clocks"]))

    @reads("routing.appeal_regraded.v1", schemas.ClocksMoved)
    def on_appeal_regraded(self, work: Work, told: Mapping[str, Any]) -> None:
        """Know the new promise of what is found more or less urgent."""
        if due := _promised(work, told["clocks"]):
            board.note(work, moved_to=due)

    @reads("routing.promise_moved.v1", schemas.PromiseMoved)
    def on_promise_moved(self, work: Work, moved: Mapping[str, Any]) -> None:
        """Know the end of a promise that stands still, or runs on."""
        board.note(work, moved_to=moved["due_at"])

    @reads("*.case_accepted.v1", schemas.Told)
    def on_case_accepted(self, work: Work, _told: Mapping[str, Any]) -> None:
        """Count an appeal that a handler took on."""
        board.note(work, "accepted")

    @reads("*.case_interim_replied.v1", schemas.InterimReplied)
    def on_case_interim_replied(self, work: Work, told: Mapping[str, Any]) -> None:
        """Know until when the law has it done, where an interim reply has closed the promise."""
        board.note(work, due_at=told["due_at"], lawful=True)

    @reads("*.case_concluded.v1", schemas.Told)
    def on_case_concluded(self, work: Work, _told: Mapping[str, Any]) -> None:
        """Count an appeal that has its reply."""
        board.note(work, "concluded")

    @reads("feedback.rework_ordered.v1", schemas.ClocksMoved)
    def on_rework_ordered(self, work: Work, order: Mapping[str, Any]) -> None:
        """Count an appeal that is handled again, with its new promise."""
        board.note(work, "reopened" if order["reopens"] else "rework_ordered", due_at=_promised(work, order["clocks"]))

    @reads("feedback.appeal_closed.v1", schemas.Told)
    def on_appeal_closed(self, work: Work, _told: Mapping[str, Any]) -> None:
        """Count an appeal that has come to its end."""
        board.note(work, "closed")

    @reads("*.reveal_logged.v1", schemas.RevealLogged)
    def on_reveal_logged(self, work: Work, told: Mapping[str, Any]) -> None:
        """Keep who looked at whose personal data, for inspectors."""
        if work.cause is not None:
            service = work.cause.key.partition(".")[0]
            work.session.add(Look(id=work.cause.id, service=service, subject=work.cause.subject, **told))

    @chore(every=timedelta(hours=1))
    def forget_old_attempts(self, work: Work) -> None:
        """Forget failed attempts and sign-ins that nothing rests on any more."""
        accounts.forget_old(work.session, work.now)


def _promised(work: Work, rows: Sequence[Mapping[str, Any]]) -> datetime | None:
    """Return until when the reply is promised, if a letter says so."""
    for row in rows:
        if row.get("name") == _PROMISE:
            return Clock.from_dict(dict(row)).due_at(work.service.calendar)
    return None
