"""What intake offers to choose from is what routing decides by; neither reads the other's list."""

from __future__ import annotations

from services.intake.ways_in.georeport import offers
from services.routing.judging.lexicon import shipped


def test_what_residents_may_choose_is_the_taxonomy_without_what_goes_elsewhere() -> None:
    known = {code: row.name_zh for code, row in shipped().taxonomy.items() if not code.startswith("99")}

    assert {code: offer.zh for code, offer in offers().items()} == known
