"""How fast intake accepts: each 201 counted means that the appeal is committed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bench import letters
from bench.platform import run_apart, since, spent

if TYPE_CHECKING:
    from pathlib import Path

    from bench.platform import Servers
    from tests.nodes.street import Street

CLIENTS = (1, 8, 32)
#: More than any machine of today accepts in a second.
_MOST_PER_SECOND = 2000


def posts_file(folder: Path, count: int, seed: int) -> Path:
    """Write what clients are to post, one request a line."""
    file = folder / f"posts-{seed}.jsonl"
    posts = letters.as_posts(letters.make(count, seed), seed)
    file.write_text("".join(json.dumps(post, ensure_ascii=False) + "\n" for post in posts), encoding="utf-8")
    return file


def measure(own: Servers, running: Street, seconds: float) -> dict[str, Any]:
    """Let 1, 8 and 32 clients post for some seconds each, all workers running; check that what was answered is stored."""
    found = {}
    for clients in CLIENTS:
        file = posts_file(
            running.folder, int(_MOST_PER_SECOND * seconds) if clients > 1 else int(500 * seconds), clients
        )
        stored, before = _stored(running), spent(own, running)
        run = run_apart("bench.client", "127.0.0.1", running.port, clients, file, seconds)
        web = since(before, spent(own, running))["web"]
        run["stored"] = _stored(running) - stored
        assert run["stored"] == run["accepted"] == run["answers"], run
        run["web_cpu_ms"] = round(web / run["accepted"] * 1000, 2)
        del run["statuses"], run["began_at"]
        found[str(clients)] = run
        running.await_quiet(600)
    return found


def _stored(running: Street) -> int:
    return len(running.states("intake"))
