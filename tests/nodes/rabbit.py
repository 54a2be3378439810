"""A private RabbitMQ: `with Rabbit() as rabbit, rabbit.virtual_host() as url: …`."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import uuid
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

import amqp
import psutil

from tests.nodes import programs
from tests.nodes.node import Node, NodeError, free_port, plain_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

EXCHANGES = ("jiesu", "jiesu.external")


class Broker:
    """A RabbitMQ that somebody else runs: one virtual host, emptied of our names before each use."""

    def __init__(self, url: str) -> None:
        self.url = url

    @contextmanager
    def virtual_host(self) -> Iterator[str]:
        """Yield the address of a virtual host in which nothing of ours stands yet."""
        self.sweep()
        yield self.url

    def sweep(self) -> None:
        """Delete the exchanges and mailboxes of this project."""
        with connect(self.url) as connection:
            channel = connection.channel()
            for service in entry_points(group="jiesu.services"):
                channel.queue_delete(f"{service.name}.mailbox")
            for exchange in EXCHANGES:
                channel.exchange_delete(exchange)


class OwnBroker(Broker):
    """A RabbitMQ started by the tests, possibly by another process of them: as many virtual hosts as wanted."""

    def __init__(self, url: str, *, distribution_port: int, cookie: str) -> None:
        super().__init__(url)
        self.distribution_port = distribution_port
        self.cookie = cookie

    @contextmanager
    def virtual_host(self) -> Iterator[str]:
        """Make an empty virtual host, yield its address and delete it in the end."""
        name = f"test-{uuid.uuid4().hex[:12]}"
        self.evaluate(
            f'ok = rabbit_vhost:add(<<"{name}">>, <<"tests">>), '
            f'rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"{name}">>, '
            '<<".*">>, <<".*">>, <<".*">>, <<"tests">>).'
        )
        yield urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))
        self.evaluate(f'rabbit_vhost:delete(<<"{name}">>, <<"tests">>).')

    def settle(self) -> None:
        """Have the broker write down which quorum queues it has.

        It does so by itself only seconds after a queue was declared; when it is killed before, the queue comes
        back without a leader and answers nobody (seen with 3.10.8).
        """
        self.evaluate("[ok = dets:sync(Table) || Table <- dets:all()].")

    def evaluate(self, expression: str) -> str:
        """Evaluate an Erlang expression on the node: milliseconds, where rabbitmqctl takes seconds."""
        done = subprocess.run(
            [_beside_erlang("erl_call"), "-address", f"127.0.0.1:{self.distribution_port}", "-c", self.cookie, "-e"],
            input=expression + "\n",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0 or not done.stdout.startswith("{ok"):
            message = f"{expression} failed:\n{done.stdout}{done.stderr}"
            raise NodeError(message)
        return str(done.stdout)


class Rabbit(Node, OwnBroker):
    """A RabbitMQ of our own: node, ports, epmd, cookie and data are private, and listen on the loopback address only."""

    name = "rabbitmq"

    def __init__(self, **settings: str) -> None:
        self._programs = programs.rabbitmq()
        Node.__init__(self)
        self.port = free_port()
        self._epmd_port = free_port()
        self._node = f"jiesu-{uuid.uuid4().hex[:8]}@localhost"
        self._epmd: psutil.Popen | None = None
        OwnBroker.__init__(
            self,
            f"amqp://guest:guest@127.0.0.1:{self.port}/%2F",
            distribution_port=free_port(),
            cookie=secrets.token_hex(16),
        )
        self._write_configuration(settings)

    def start(self) -> None:
        """Start it, with its own name server beside it."""
        self._start_epmd()
        super().start()

    def close(self) -> None:
        """Take it down, its name server too, and remove its folder."""
        self.kill()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait(timeout=10)
        super().close()

    def ctl(self, *arguments: str) -> str:
        """Call rabbitmqctl and return what it prints; takes about two seconds."""
        command: list[str | Path] = [self._programs / "rabbitmqctl", "--quiet", "--node", self._node, *arguments]
        done = subprocess.run(
            command, env=dict(self._environment()), cwd=self.folder, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            message = f"rabbitmqctl {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}"
            raise NodeError(message)
        return str(done.stdout)

    def _write_configuration(self, settings: Mapping[str, str]) -> None:
        lines = {
            "listeners.tcp.1": f"127.0.0.1:{self.port}",
            "disk_free_limit.absolute": "64MB",
            "log.console": "true",
            "log.console.level": "info",
            "log.file": "false",
            **{name.replace("__", "."): value for name, value in settings.items()},
        }
        written = "".join(f"{name} = {value}\n" for name, value in lines.items())
        (self.folder / "rabbitmq.conf").write_text(written, encoding="utf-8")
        (self.folder / "enabled_plugins").write_text("[].\n", encoding="utf-8")
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text(self.cookie, encoding="utf-8")
        cookie.chmod(0o400)

    def _start_epmd(self) -> None:
        # In the foreground and on its own port: one that Erlang started itself would outlive the tests.
        if self._epmd is not None and self._epmd.poll() is None:
            return
        self._epmd = psutil.Popen(
            [_beside_erlang("epmd"), "-port", str(self._epmd_port), "-address", "127.0.0.1"],
            cwd=self.folder,
            env=dict(self._environment()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._keeper.watch(self._epmd)

    def _command(self) -> Sequence[str | Path]:
        return [self._programs / "rabbitmq-server"]

    def _environment(self) -> Mapping[str, str]:
        return plain_environment() | {
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            # Run Erlang in place of the script, so that signals reach it.
            "RABBITMQ_ALLOW_INPUT": "true",
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none.conf"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "none.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.folder / "generated"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput -kernel inet_dist_use_interface {127,0,0,1}",
        }

    def _answers(self) -> bool:
        try:
            with connect(self.url):
                return True
        except (OSError, amqp.AMQPError):
            return False

    def _ask_to_stop(self, process: psutil.Popen) -> None:
        process.send_signal(signal.SIGTERM)


@contextmanager
def connect(url: str) -> Iterator[amqp.Connection]:
    """Open a plain AMQP connection to an address and close it in the end."""
    address = urlsplit(url)
    connection = amqp.Connection(
        host=f"{address.hostname}:{address.port or (5671 if address.scheme == 'amqps' else 5672)}",
        userid=unquote(address.username or "guest"),
        password=unquote(address.password or "guest"),
        virtual_host=unquote(address.path.removeprefix("/")) or "/",
        ssl=address.scheme == "amqps",
        connect_timeout=5,
    )
    connection.connect()
    try:
        yield connection
    finally:
        connection.close()


def _beside_erlang(program: str) -> str:
    """Find one of Erlang's own programs, of which Debian puts only some on the path."""
    erl = shutil.which("erl")
    if erl is not None:
        home = Path(erl).resolve().parent
        for folder in (home, *home.parent.glob("erts-*/bin"), *home.parent.glob("lib/erl_interface-*/bin")):
            if (folder / program).exists():
                return str(folder / program)
    message = f"Erlang's {program} is not where erl is: install it (Debian, Ubuntu: apt-get install erlang-base)."
    raise programs.MissingProgramError(message)
