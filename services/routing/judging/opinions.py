"""Second opinions: what the made-up letters that came with the service teach, and what a trained model says."""

import tomllib
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from services.routing.judging.learned import Head, Model, Opinion, train_head
from services.routing.judging.lexicon import SPOKEN, taxonomy_rows
from services.routing.judging.result import Reason

#: What the calls that are no emergency are labelled with.
NO_ALARM = "none"
#: Of the made-up letters, so many to one are told to the alarm as well, as what is no emergency.
_LETTERS_TO_ALARM = 8


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files("services.routing").joinpath("data", f"{name}.toml").read_text("utf-8"))


@cache
def made_up_letters() -> dict[str, list[tuple[str, str]]]:
    """Read the made-up letters and calls that came with this service: of each question (text, answer)."""
    table = _table("letters")
    questions: dict[str, list[tuple[str, str]]] = {"mechanism": []}
    for mechanism, rows in table.items():
        questions["mechanism"] += [(text, mechanism) for texts in rows.values() for text in texts]
        # What is not accepted, or relayed at once, is known by the words for it alone (`triage_routes.toml`).
        own = {code: texts for code, texts in rows.items() if not taxonomy_rows()[code].treatment}
        questions[mechanism] = [(text, code) for code, texts in own.items() for text in texts]
    calls = [(text, label) for label, texts in _table("calls").items() for text in texts]
    calm = [
        text
        for rows in table.values()
        for code, texts in rows.items()
        if taxonomy_rows()[code].urgency != "I"
        for text in texts
    ]
    questions["alarm"] = calls + [(text, NO_ALARM) for text in calm[::_LETTERS_TO_ALARM]]
    return questions


class MadeUp:
    """What the made-up letters teach: the mechanism, of each its categories, and danger; each learned when first asked for."""

    fault = ""

    @staticmethod
    @cache
    def head(question: str) -> Head:
        """Learn to answer one question, once."""
        return train_head(made_up_letters()[question], least=2, short=True)

    def judge(self, question: str, text: str) -> Opinion | None:
        """Answer a question on a text, or None if the letters teach nothing of it."""
        return self.head(question).judge(text) if question in made_up_letters() else None

    def learn(self) -> None:
        """Learn all there is to learn, so that no letter waits for it."""
        for question in made_up_letters():
            self.head(question)


class Second:
    """The second opinion on one letter, and what is said of it; without a weight, it weighs what the model says."""

    def __init__(
        self, model: Model | MadeUp | None, text: str, *, of: str = "学得的意见", weight: float | None = None
    ) -> None:
        self.model = model
        self.text = text
        self.of = of
        self.weight = weight
        self.reasons: list[Reason] = []
        self.said: dict[str, str] = {}
        if model is not None and model.fault:
            self.reasons.append(Reason(f"学得的模型不可用，只按词表：{model.fault}", (), 0.0))

    def asked(self, question: str) -> Opinion | None:
        """Ask it one question, and note what it says."""
        opinion = self.model.judge(question, self.text) if self.model is not None else None
        if opinion is not None:
            if self.weight is not None:
                opinion = replace(opinion, weight=self.weight)
            share = opinion.shares[opinion.label]
            self.said[question] = opinion.label
            part = "" if question == "official" else f"（占 {min(opinion.weight, 1.0):.0%}）"
            what = f"{self.of}{part}：{_QUESTIONS.get(question, '类别')} {_spoken(opinion.label)}，把握 {share:.0%}"
            self.reasons.append(Reason(what, opinion.words, share))
        return opinion

    def weighed(
        self, question: str, shares: Mapping[str, float], among: Container[str] | None = None
    ) -> dict[str, float]:
        """Blend the lexicon's shares with its own, which is heard only `among` the given answers, if they are given."""
        opinion = self.asked(question)
        if opinion is None:
            return dict(shares)
        return (opinion if among is None else opinion.among(among)).blended(shares)


def _spoken(answer: str) -> str:
    row = taxonomy_rows().get(answer)
    return f"{row.name_zh}（{answer}）" if row is not None else SPOKEN.get(answer, answer)


_QUESTIONS = {
    "mechanism": "机制",
    "category": "类别",
    "urgency": "紧急程度",
    "severity": "严重程度",
    "official": "一级分类",
}


def likeliest(shares: Mapping[str, float], order: Sequence[str] = ()) -> str:
    """Give the answer with the largest share; of equals, the first in the order."""
    return max(shares, key=lambda name: (shares[name], -order.index(name) if name in order else 0, name))


def spread(answer: str, confidence: float, answers: Sequence[str]) -> dict[str, float]:
    """Spread a confidence in one answer over all; however small it is, the answer stays the likeliest."""
    share = max(confidence, 1 / len(answers) + _AHEAD)
    rest = (1 - share) / (len(answers) - 1)
    return {each: share if each == answer else rest for each in answers}


#: By how much an answer that hardly anything speaks for is still likelier than all being equal.
_AHEAD = 0.01
