"""Files that are taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chassis import downloads

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_a_file_is_written_before_it_is_answered_so_that_what_fails_is_no_half_file() -> None:
    def rows() -> Iterator[tuple[str]]:
        yield ("head",)
        raise LookupError

    with pytest.raises(LookupError):
        downloads.as_csv(rows(), "register")


def test_pages_of_a_long_file_are_read_as_they_are_sent() -> None:
    read: list[int] = []

    def pages() -> Iterator[list[tuple[str]]]:
        for number in range(2):
            read.append(number)
            yield [(f"row {number}",)]

    answer = downloads.as_csv_by_pages(pages(), "roster")

    assert read == []
    assert answer.get_data(as_text=True) == "\ufeffrow 0\r\nrow 1\r\n"
