"""The demo's own story: read from its file, told in its order."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from services.portal.story import StoryStep, next_step, read_story, with_pictures

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SCRIPT = (StoryStep(trigger="inspected"), StoryStep(trigger="upkeep"), StoryStep(trigger="upkeep", after_days=6))


def entry(trigger: str, day: int) -> dict[str, str]:
    return {"trigger": trigger, "at": f"2026-11-{day:02}T09:00:00+08:00"}


def test_each_appeal_names_its_own_shop_and_everybody_is_made_up() -> None:
    story = read_story()

    shops, fumes = set(), [appeal for appeal in story.appeals if "enforcement" in appeal.steps]
    for appeal in fumes:
        inspected = next(step for step in appeal.steps["enforcement"] if step.trigger == "inspected")
        form = with_pictures(inspected.form(NOW), lambda shows: f"digest of {shows}")
        shops.add(form["suspect_name"])
        assert form["at"] == "2026-11-23T09:00:00+08:00"
        assert appeal.body["contact"]["name"].startswith("居民")
        assert "{" not in str(form).replace("{'", "")
        assert story.of(str(appeal.body["title"])) is appeal
    assert len(shops) == len(fumes) == 3
    assert story.of("别的诉求") is None


def test_an_appeal_may_have_steps_of_its_own() -> None:
    [wages] = [appeal for appeal in read_story().appeals if "wage_recovery" in appeal.steps]

    assert {*wages.steps} == {"wage_recovery", "feedback"}
    assert wages.steps["feedback"][0].filled["comment"] == "工资都拿到了，谢谢。"
    roster = next(step for step in wages.steps["wage_recovery"] if step.trigger == "roster_verified").form(NOW)
    assert sum(Decimal(row["owed"]) for row in roster["rows"]) == Decimal(roster["claimed_total"])


def test_the_next_step_is_the_first_that_the_case_has_not_taken_in_its_order() -> None:
    step, since = next_step(SCRIPT, [entry("opened", 1), entry("upkeep", 2), entry("inspected", 3), entry("noted", 4)])

    assert (step, since.day) == (SCRIPT[1], 3)


def test_a_step_taken_twice_is_told_twice_and_then_the_story_is_over() -> None:
    taken = [entry("opened", 1), entry("inspected", 2), entry("upkeep", 2)]

    assert next_step(SCRIPT, taken)[0] == SCRIPT[2]
    assert next_step(SCRIPT, [*taken, entry("upkeep", 8)])[0] is None
