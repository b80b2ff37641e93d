"""Attributes of granian and asyncio that are not documented and that the server relies on: one table names all of them.

An upgrade that renames one of them, or gives it another kind, fails here and not in a running server. The version of
granian is pinned in pyproject.toml for the same reason.
"""

import ast
import asyncio
import inspect
import logging
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import granian.log
import pytest
from granian.constants import Interfaces
from granian.server.mp import MPServer

from app.serving import Server

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / "app" / "serving.py", *sorted((ROOT / "app" / "rsgi").glob("*.py"))]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A private attribute: the file that uses it, its owner, its kind, and the function of granian that also uses it."""

    used_in: str
    owner: str
    name: str
    is_as_expected: Callable[[Any], bool]
    expected: str
    read_by: Callable[..., Any] | None = None


def is_empty_list(value: Any) -> bool:
    return type(value) is list and not value


def is_empty_dict(value: Any) -> bool:
    return type(value) is dict and not value


def takes(*names: str) -> Callable[[Any], bool]:
    """Return a check that a function takes these parameters first."""

    def check(function: Any) -> bool:
        return (
            inspect.isroutine(function)
            and tuple(inspect.signature(function).parameters)[: len(names)] == names
        )

    return check


ATTRIBUTES = [
    Attribute(
        "app/serving.py", "MPServer", "_respawn_workers",
        takes("workers", "spawn_target", "target_loader"), "a method of (workers, spawn_target, target_loader)",
        MPServer._serve_loop,
    ),
    Attribute(
        "app/serving.py", "MPServer", "respawned_wrks", is_empty_dict, "an empty dict", MPServer._serve_loop
    ),
    Attribute(
        "app/serving.py", "MPServer", "interrupt_signal",
        lambda value: value is False, "False before the first signal", MPServer._serve_loop,
    ),
    Attribute(
        "app/serving.py", "MPServer", "interrupt_children", is_empty_list, "an empty list", MPServer.shutdown
    ),
    Attribute("app/serving.py", "MPServer", "wrks", is_empty_list, "an empty list", MPServer._stop_workers),
    Attribute(
        "app/serving.py", "MPServer", "signal_handler_interrupt",
        takes("args", "kwargs"), "a method of any arguments", MPServer.startup,
    ),
    Attribute(
        "app/serving.py", "MPServer", "shutdown",
        takes("exit_code"), "a method of (exit_code)", MPServer._serve,
    ),
    Attribute(
        "app/rsgi/bridge.py", "loop", "_signal_handlers",
        lambda value: type(value) is dict and set(value) == {signal.SIGTERM, signal.SIGINT},
        "a dict of the handlers by signal",
    ),
    Attribute(
        "app/rsgi/bridge.py", "handle", "_run", takes(), "a method without parameters"
    ),
]  # fmt: skip


@pytest.fixture
def owners() -> Iterator[dict[str, Any]]:
    """Yield a server of granian, an event loop of asyncio with granian's signal handlers, and one of its handles."""
    from granian._loops import loops
    from granian._signals import set_loop_signals

    loop = loops.get("asyncio")
    set_loop_signals(loop)
    try:
        server = MPServer("app.server:application", interface=Interfaces.RSGI)
        handle = getattr(loop, "_signal_handlers", {}).get(signal.SIGTERM)
        yield {"MPServer": server, "loop": loop, "handle": handle}
    finally:
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(signum)
        asyncio.set_event_loop(None)
        loop.close()


@pytest.mark.parametrize("attribute", ATTRIBUTES, ids=lambda attribute: f"{attribute.owner}.{attribute.name}")
def test_private_attribute_exists_and_has_its_kind(owners, attribute):
    owner = owners[attribute.owner]
    assert hasattr(owner, attribute.name), f"{attribute.owner} has no {attribute.name} any more"
    value = getattr(owner, attribute.name)
    assert attribute.is_as_expected(value), f"{attribute.name} is not {attribute.expected}: {value!r}"
    if attribute.read_by is not None:
        # The attribute alone is not enough: granian has to act by it.
        assert attribute.name in attribute.read_by.__code__.co_names, attribute.read_by.__qualname__


def test_loop_runs_granian_stop_through_private_handle(owners):
    """The bridge delays granian's handler and runs it later: a handle has to run its function, in any thread's context."""
    calls: list[int] = []
    owners["loop"].add_signal_handler(signal.SIGTERM, calls.append, 1)
    owners["loop"]._signal_handlers[signal.SIGTERM]._run()
    assert calls == [1]


def private_names(tree: ast.AST) -> Iterator[str]:
    """Yield the private names that a module reads from other objects than `self`, also by `getattr` with a constant."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                continue
            case (
                ast.Attribute(attr=name)
                | ast.Call(
                    func=ast.Name(id="getattr" | "setattr" | "hasattr"),
                    args=[_, ast.Constant(value=str(name)), *_],
                )
            ):
                if re.match(r"_(?!_)", name):
                    yield name


def inherited_names(tree: ast.AST) -> Iterator[str]:
    """Yield the attributes of granian's server that `Server` overrides or uses through `self`."""
    inherited = set(dir(MPServer("app.server:application", interface=Interfaces.RSGI))) - {"__init__"}
    (server,) = (
        node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == Server.__name__
    )
    for node in ast.walk(server):
        match node:
            case ast.FunctionDef(name=name) | ast.Attribute(value=ast.Name(id="self"), attr=name):
                if name in inherited:
                    yield name


def test_table_names_every_private_attribute_in_use():
    used = set()
    for path in SOURCES:
        name, tree = str(path.relative_to(ROOT)), ast.parse(path.read_text())
        used |= {(name, attribute) for attribute in private_names(tree)}
        if name == "app/serving.py":
            used |= {(name, attribute) for attribute in inherited_names(tree)}
    assert used == {(attribute.used_in, attribute.name) for attribute in ATTRIBUTES}


def test_log_configuration_names_granian_logger():
    """app/core/logs.py sets the level of granian's loggers by their name, which begins with an underscore."""
    assert '"_granian"' in (ROOT / "app" / "core" / "logs.py").read_text()
    assert granian.log.logger.name == "_granian"
    assert granian.log.logger is logging.getLogger("_granian")


def test_granian_is_pinned_to_the_installed_version():
    pinned = re.search(r'^ +"granian==([\d.]+)",$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert pinned is not None, "pyproject.toml does not pin granian to one version"
    assert pinned[1] == version("granian")
    assert f"\ngranian=={pinned[1]} " in (ROOT / "requirements.lock").read_text()
