from collections.abc import Callable, Mapping
from typing import Any

class WorkerContext:
    container: ServiceContainer
    config: Mapping[str, Any]
    service: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    data: dict[str, Any]
    call_id: str

class ServiceContainer:
    service_cls: Any
    config: Mapping[str, Any]
    service_name: str
    max_workers: int
    extensions: set[Any]
    def __init__(self, service_cls: type[Any], config: Mapping[str, Any]) -> None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self, exc_info: Any = ...) -> None: ...
    def wait(self) -> None: ...
    def spawn_managed_thread(self, fn: Callable[[], object], identifier: str | None = ...) -> Any: ...
