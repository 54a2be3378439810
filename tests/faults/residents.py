"""Residents who report all at once, and ask again with the same key until they are answered."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING, Any, Self

from tests.nodes.node import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

TEXTS = (
    ("楼上装修噪音扰民", "楼上邻居每天晚上装修，噪音很大，与我家多次争吵，希望有人来调解邻里纠纷。"),
    ("占道经营", "路口每天有流动摊贩占道经营，油烟扰民，请执法部门处理。"),
    ("拖欠工资", "工地包工头拖欠我们工人三个月工资，一直不给，请帮忙讨薪。"),
    ("咨询低保", "请问家里老人生病，生活困难，低保和临时救助怎么申请，要带什么材料？"),
    ("电梯故障", "小区电梯经常故障，物业公司不维修，业主非常不满。"),
    ("路灯不亮", "小区门口路灯坏了，晚上很黑，请派人来修。"),
    ("垃圾清运", "楼下垃圾好几天没有清运，臭味很大，请尽快处理。"),
    ("供暖不热", "家里暖气一直不热，室温只有十几度，请供热单位检查。"),
)
_SECONDS = 150.0
_PAUSE = 0.05


class Residents:
    """Post `number` appeals by several connections at once: `with Residents(port, 500) as residents: …`.

    `accepted` maps each Idempotency-Key to the appeal id of its 201. What is neither a 201 nor a sign of an outage
    goes to `complaints`.
    """

    def __init__(
        self, port: int, number: int, connections: int = 8, *, texts: Sequence[tuple[str, str]] = TEXTS
    ) -> None:
        self.port = port
        self.number = number
        self.texts = texts
        self.accepted: dict[str, str] = {}
        #: The tracking code of each accepted appeal.
        self.codes: dict[str, str] = {}
        self.asked_again = 0
        self.complaints: list[str] = []
        self._numbers = count()
        self._wave = uuid.uuid4().hex[:8]
        self._gave_up = threading.Event()
        self._threads = [threading.Thread(target=self._report, daemon=True) for _ in range(connections)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self._gave_up.set()
        self.finish()

    def await_accepted(self, number: int) -> None:
        """Wait until so many appeals were accepted."""
        wait_until(lambda: len(self.accepted) >= number, seconds=_SECONDS, what=f"The {number}th answer")

    def finish(self) -> None:
        """Wait until all have been answered."""
        for thread in self._threads:
            thread.join(_SECONDS)

    @property
    def ids(self) -> list[str]:
        """The ids of all accepted appeals, one per key."""
        return list(self.accepted.values())

    def ask_all_again(self) -> None:
        """Send each request once more; a different answer is a complaint."""
        self._numbers = count()
        self._threads = [threading.Thread(target=self._ask_again, daemon=True) for _ in self._threads]
        for thread in self._threads:
            thread.start()
        self.finish()

    def _ask_again(self) -> None:
        with closing(self._connection()) as connection:
            while (number := next(self._numbers)) < self.number:
                key = self._key(number)
                again = self._ask(connection, key, number)
                if again != self.accepted.get(key):
                    self.complaints.append(f"{key} was {self.accepted.get(key)} and is now {again}")

    def _report(self) -> None:
        deadline = time.monotonic() + _SECONDS
        with closing(self._connection()) as connection:
            while (number := next(self._numbers)) < self.number and not self._gave_up.is_set():
                self._insist(connection, number, deadline)

    def _insist(self, connection: http.client.HTTPConnection, number: int, deadline: float) -> None:
        key = self._key(number)
        while not self._gave_up.is_set():
            appeal = self._ask(connection, key, number)
            if appeal is not None:
                self.accepted[key] = appeal
                return
            if time.monotonic() > deadline:
                self.complaints.append(f"{key} was not answered in time")
                return
            self.asked_again += 1
            time.sleep(_PAUSE)

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def _key(self, number: int) -> str:
        return f"{self._wave}-{number}"

    def _ask(self, connection: http.client.HTTPConnection, key: str, number: int) -> str | None:
        try:
            connection.request(
                "POST",
                "/intake/api/v1/appeals",
                json.dumps(self._body(number)),
                {"Content-Type": "application/json", "Idempotency-Key": key},
            )
            response = connection.getresponse()
            body = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            connection.close()
            return None
        if response.status == http.client.CREATED:
            self.codes[str(body["appeal_id"])] = str(body["tracking_code"])
            return str(body["appeal_id"])
        if response.status != http.client.SERVICE_UNAVAILABLE:
            self.complaints.append(f"{key} was answered {response.status}: {body}")
        return None

    def _body(self, number: int) -> dict[str, Any]:
        title, text = self.texts[number % len(self.texts)]
        body: dict[str, Any] = {
            "title": title,
            "text": f"{text}（第 {number} 件，{self._wave}）",
            "place": {"text": f"幸福路 {number % 90 + 1} 号"},
        }
        if number % 4 == 0:
            body["contact"] = {"name": "居民甲", "phone": f"139{number:08d}"}
        return body
