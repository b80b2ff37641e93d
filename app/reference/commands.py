"""Generator of docs/reference/cli.md: every command of `gridward` with its help, arguments, options and database login."""

import inspect
import re
from collections.abc import Iterator

import click

from app.reference.paragraphs import wrapped

_INTRODUCTION = """\
# Commands

For operators. `gridward docs cli` makes this page from the commands; a test compares. `--help` behind any command
prints the same text.

- Settings are environment variables. `docs/reference/settings.md` lists all of them.
- A command that needs the database names the variable of its login below. Without that variable `DATABASE_URL` is used
  with the login of the same name (`docs/how-to/operations.md`, *Database logins*).
- Exit status 0: done. 1: failed, or as the command describes. 2: wrong arguments, or nothing done.
"""
# Functions by which commands log in, with the variable of the login.
_LOGINS = {
    r"\bconnect_as_owner\(": "DATABASE_URL",
    r"\bconnect\(role=logins\.APP": "GRIDWARD_APP_DATABASE_URL",
    r"\bconnect(_operator)?\((?!role=logins\.APP)|\.obj\(\)|\blogins\.JOB\b": "GRIDWARD_JOB_DATABASE_URL",
}


def commands_page(root: click.Group) -> str:
    """Return the content of docs/reference/cli.md as Markdown."""
    parts = [_INTRODUCTION]
    first_with: dict[str, str] = {}
    for path, command in _commands(root, ("gridward",)):
        if isinstance(command, click.Group) and not command.invoke_without_command:
            continue
        name = " ".join(path)
        table = _table(command)
        if table and first_with.setdefault(table, name) != name:
            table = f"Options: as for `{first_with[table]}`."
        parts.append("\n\n".join(filter(None, (_head(name, command), table))) + "\n")
    return "\n".join(parts)


def _commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in sorted(group.commands.items()):
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))


def _head(name: str, command: click.Command) -> str:
    """Return the title, usage, help and database login of a command as Markdown."""
    usage = command.collect_usage_pieces(click.Context(command, info_name=name))
    if not _options(command):
        usage.remove("[OPTIONS]")
    paragraphs = [
        wrapped(" ".join(part.split())) for part in inspect.cleandoc(command.help or "").split("\n\n")
    ]
    login = _login(command)
    login_line = f"Login: `{login}`." if login else ""
    return "\n\n".join(filter(None, (f"## {name}", " ".join(("   ", name, *usage)), *paragraphs, login_line)))


def _options(command: click.Command) -> list[click.Option]:
    return [parameter for parameter in command.params if isinstance(parameter, click.Option)]


def _table(command: click.Command) -> str:
    context = click.Context(command)
    rows = [_row(option, context) for option in _options(command)]
    head = ["| option | value | default | what it does |", "|---|---|---|---|"]
    return "\n".join(head + rows) if rows else ""


def _row(option: click.Option, context: click.Context) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    value = "" if option.is_flag else f"`{option.make_metavar(context)}`".replace("|", " \\| ")
    default = "required" if option.required else "" if option.is_flag else _default(option)
    return f"| {names} | {value} | {default} | {option.help or ''} |"


def _default(option: click.Option) -> str:
    default = option.to_info_dict()["default"]
    return "" if default in (None, (), []) or "Sentinel" in str(default) else f"`{default}`"


def _login(command: click.Command) -> str | None:
    function = inspect.unwrap(command.callback) if command.callback else None
    if function is None:
        return None
    source = inspect.getsource(function)
    helpers = [value for name, value in function.__globals__.items() if re.search(rf"\b{name}\(", source)]
    for helper in helpers:
        if inspect.isfunction(helper) and helper.__module__ == function.__module__:
            source += inspect.getsource(helper)
    return next((variable for call, variable in _LOGINS.items() if re.search(call, source)), None)
