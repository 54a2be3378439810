"""Processes: a worker, a web server, or everything at once in one (`jiesu up`)."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.utils import send_from_directory
from werkzeug.wrappers import Request, Response

from chassis import catalogue, migrate
from chassis.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chassis.settings import Settings

log = structlog.get_logger(__name__)

HOME = "portal"
_STATIC = Path(__file__).parent / "static"
_THREADS = 16
_STOP_SECONDS = 20.0


def prepare(settings: Settings, names: Iterable[str]) -> dict[str, list[str]]:
    """Bring the tables of services up to date; return the revisions that were run."""
    settings.data.mkdir(parents=True, exist_ok=True)
    done = {}
    for name in names:
        database = Database(settings.database_for(name), name)
        try:
            done[name] = migrate.upgrade(database, catalogue.spec(name))
        finally:
            database.close()
    return done


def gateway(settings: Settings, names: Sequence[str]) -> Any:
    """Return one WSGI application with each service at `/<service>`, and the portal also at `/`."""
    apps: dict[str, Any] = {}
    for name in names:
        point = catalogue.web(name)
        if point is not None:
            apps[f"/{name}"] = point.load()(settings)
    home = apps.get(f"/{HOME}")

    def front(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        if request.path.startswith("/static/"):
            response: Any = _static(request.path.removeprefix("/static/"), environ)
        elif request.path == "/" and home is not None:
            response = Response(status=302, headers={"Location": f"/{HOME}/"})
        elif request.path == "/favicon.ico":
            response = _static("seal.svg", environ)
        elif request.path in ("/healthz", "/readyz") and apps:
            response = _health(apps, databases=request.path == "/readyz")
        elif request.path == "/metrics" and apps:
            # The figures are the process's, whichever service is asked for them.
            app: Any = next(iter(apps.values()))
            return app(environ, start_response)  # type: ignore[no-any-return]
        elif home is not None:
            # Whoever has lost his way is told so on a page, in his language.
            return home({**environ, "SCRIPT_NAME": f"/{HOME}"}, start_response)  # type: ignore[no-any-return]
        else:
            known = ", ".join(sorted(apps))
            response = Response(f"Not found. Services here: {known}\n", 404, mimetype="text/plain")
        return response(environ, start_response)  # type: ignore[no-any-return]

    return DispatcherMiddleware(front, apps)


def _health(apps: Mapping[str, Any], *, databases: bool) -> Response:
    """Name the services behind one door; or say that the databases of all of them answer, or name those that do not."""
    services = {path.removeprefix("/"): app.extensions["jiesu"] for path, app in apps.items()}
    away = [name for name, door in services.items() if databases and not _answers(door)]
    told: dict[str, Any] = {"status": "ready"} if databases else {"status": "ok", "services": [*services]}
    if away:
        told = {"status": "not ready", "database": away}
    return Response(json.dumps(told), 503 if away else 200, mimetype="application/json")


def behind(proxy: str, app: Any) -> Any:
    """Let an app believe what the trusted proxy says of its visitors, as waitress does by itself."""
    believing = ProxyFix(app, x_for=1, x_proto=1)

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        trusted = proxy in ("*", environ.get("REMOTE_ADDR"))
        return (believing if trusted else app)(environ, start_response)

    return serve if proxy else app


def _static(path: str, environ: dict[str, Any]) -> Any:
    try:
        return send_from_directory(_STATIC, path, environ, max_age=3600)
    except NotFound as missing:
        return missing.get_response(environ)


def spare_the_collector() -> None:
    """Let the garbage collector leave alone what the start has made, and look at the rest less often.

    Half a million objects live as long as the process; those of a batch or a request die by themselves.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def serve_web(settings: Settings, names: Sequence[str], port: int) -> None:
    """Serve the web apps of services under waitress, until a signal."""
    import waitress  # noqa: PLC0415 - not where eventlet serves

    app = gateway(settings, names)
    spare_the_collector()
    log.info("web_serving", services=list(names), port=port)
    waitress.serve(
        app,
        host=settings.host,
        port=port,
        threads=_THREADS,
        ident="jiesu",
        channel_timeout=60,
        max_request_body_size=64 * 1024 * 1024,
        trusted_proxy=settings.trusted_proxy or None,
        trusted_proxy_headers={"x-forwarded-for", "x-forwarded-proto"} if settings.trusted_proxy else (),
        clear_untrusted_proxy_headers=True,
    )


def start_workers(settings: Settings, names: Sequence[str]) -> Any:
    """Start the workers of services in this process; return nameko's runner."""
    from nameko.runners import ServiceRunner  # noqa: PLC0415 - eventlet must be patched before

    from chassis import worker  # noqa: PLC0415

    runner = ServiceRunner(
        {
            "AMQP_URI": settings.amqp_url,
            "JIESU_BATCH": settings.batch,
            "HEARTBEAT": 30,
            "TRANSPORT_OPTIONS": {"polling_interval": 0.05} if settings.embedded else {"max_retries": 3},
            "max_workers": 10,
        }
    )
    for name in names:
        runner.add_service(worker.staffed(catalogue.service(name), catalogue.spec(name), settings))
    runner.start()
    return runner


def ops_app(stations: Sequence[Any]) -> Callable[..., Any]:
    """Return a worker's own small app: health, readiness and metrics."""
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest  # noqa: PLC0415

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            response = Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
        elif path == "/healthz":
            response = Response("ok\n")
        elif path == "/readyz":
            away = [station.blueprint.name for station in stations if not _answers(station)]
            response = Response(f"database away: {', '.join(away)}\n" if away else "ready\n", 503 if away else 200)
        else:
            response = Response("not found\n", 404)
        return response(environ, start_response)

    return app


def _answers(door: Any) -> bool:
    """Say whether the database of a worker's station, or of a web process's door, can be reached."""
    try:
        return bool(door.database.ready())
    except Exception:  # noqa: BLE001 - whatever it is, the database does not answer
        return False


def stations_of(runner: Any) -> list[Any]:
    """Return the stations of a runner's services."""
    return [container.service_cls.station for container in runner.containers]


def serve_worker(settings: Settings, names: Sequence[str]) -> None:
    """Run workers until a signal, then finish what is in hand."""
    import eventlet  # noqa: PLC0415
    from eventlet import wsgi  # noqa: PLC0415

    from chassis import relay  # noqa: PLC0415
    from chassis.worker import patiently  # noqa: PLC0415

    specs = [catalogue.spec(name) for name in names]
    os.nice(settings.worker_nice)

    def declare() -> None:
        relay.declare(settings.amqp_url, specs)

    patiently("declare", ",".join(names), declare, lambda: False)
    runner = start_workers(settings, names)
    if settings.ops_port:
        listener = eventlet.listen((settings.host, settings.ops_port))
        eventlet.spawn(wsgi.server, listener, ops_app(stations_of(runner)), log_output=False)
    spare_the_collector()
    log.info("worker_started", services=list(names))
    _stop_on_signal(runner)
    runner.wait()


def _stop_on_signal(runner: Any) -> None:
    import eventlet  # noqa: PLC0415

    def stop(_signum: int, _frame: object) -> None:
        eventlet.spawn_n(runner.stop)
        # A consumer that waits for a broker that is away can't be stopped in good order;
        # ending without it loses nothing.
        eventlet.spawn_after(_STOP_SECONDS, os._exit, 1)

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, stop)


class Embedded:
    """All services in one process: memory broker, SQLite files, one port.

    What was posted but perhaps not read when the process died is posted again at
    start; readers' receipts drop what they already have. Whenever everything is
    quiet, what has been posted so far is marked as settled.
    """

    def __init__(self, settings: Settings, names: Sequence[str], port: int) -> None:
        self.settings = settings
        self.names = list(names)
        self.port = port
        self.runner: Any = None

    def run(self, started: Callable[[], object]) -> None:
        """Serve until a signal."""
        import eventlet  # noqa: PLC0415
        from eventlet import wsgi  # noqa: PLC0415

        from chassis import relay  # noqa: PLC0415

        try:
            listener = eventlet.listen((self.settings.host, self.port), reuse_port=False)
        except OSError as error:
            sys.exit(f"端口 {self.port} 不可用，请换一个: jiesu up --port … / port {self.port} can't be used: {error}")
        prepare(self.settings, self.names)
        specs = [catalogue.spec(name) for name in self.names]
        # All mailboxes are there before the first relay posts: a letter without a reader's mailbox is gone.
        relay.declare(self.settings.amqp_url, specs)
        self._repost()
        self.runner = start_workers(self.settings, self.names)
        app = behind(self.settings.trusted_proxy, gateway(self.settings, [spec.name for spec in specs]))
        settling = eventlet.spawn(self._settle)
        server = eventlet.spawn(wsgi.server, listener, app, log_output=False, keepalive=True, max_size=256)
        self._stop(server)
        started()
        spare_the_collector()
        with contextlib.suppress(eventlet.greenlet.GreenletExit):
            server.wait()
        settling.kill()
        self.runner.stop()

    @staticmethod
    def _stop(server: Any) -> None:
        def stop(_signum: int, _frame: object) -> None:
            server.kill()

        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, stop)

    def _repost(self) -> None:
        """Let the relays post again what no quiet moment has settled."""
        for name in self.names:
            spec = catalogue.spec(name)
            database = Database(self.settings.database_for(name), name)
            letters = spec.store.letters
            with database.write() as session:
                after = (
                    session.scalar(
                        spec.store.marks.select()
                        .with_only_columns(spec.store.marks.c.value)
                        .where(spec.store.marks.c.name == "settled")
                    )
                    or 0
                )
                session.execute(
                    letters.update()
                    .where(letters.c.seq > after, letters.c.posted_at.is_not(None))
                    .values(posted_at=None)
                )
            database.close()

    def _settle(self) -> None:
        import eventlet  # noqa: PLC0415

        while True:
            eventlet.sleep(1.0)
            stations = stations_of(self.runner)
            try:
                settle(stations)
            except Exception as error:
                log.warning("settle_failed", exc_info=error)


def settle(stations: Sequence[Any]) -> bool:
    """Mark what was told so far as read by all its readers, if that is so; return whether it is.

    The order matters: first what there is, then that all of it was posted, and last, in one
    moment, that nothing posted is on its way or in hand.
    """
    newest = {station: _newest(station) for station in stations}
    if any(station.relay.any_waiting() for station in stations) or not nothing_under_way(stations):
        return False
    for station, seq in newest.items():
        _mark_settled(station, seq)
    return True


def nothing_under_way(stations: Sequence[Any]) -> bool:
    """Say whether the broker of this process is empty, and no reader has anything in hand."""
    from kombu.transport.memory import Channel  # noqa: PLC0415

    queued = any(queue.qsize() for queue in Channel.queues.values())
    return not queued and not any(station.in_hand for station in stations)


def _newest(station: Any) -> int:
    from sqlalchemy import func, select  # noqa: PLC0415

    with station.database.read() as session:
        return session.scalar(select(func.max(station.blueprint.store.letters.c.seq))) or 0


def _mark_settled(station: Any, seq: int) -> None:
    from sqlalchemy import select  # noqa: PLC0415

    marks = station.blueprint.store.marks
    with station.database.read() as session:
        known = session.scalar(select(marks.c.value).where(marks.c.name == "settled")) or 0
    if seq > known:
        upsert = station.blueprint.upsert(marks).values(name="settled", value=seq)
        with station.database.write() as session:
            session.execute(upsert.on_conflict_do_update(index_elements=["name"], set_={"value": seq}))


def running(data: Path) -> dict[str, Any] | None:
    """Return what `jiesu up` wrote about itself in a data folder, if that process lives."""
    import json  # noqa: PLC0415

    try:
        found: dict[str, Any] = json.loads((data / "up.json").read_text(encoding="utf-8"))
        pid = int(found["pid"])
        os.kill(pid, 0)
    except (OSError, ValueError, KeyError):
        return None
    # In a container the one that was killed and this one often have the same number.
    return found if pid != os.getpid() else None
