"""The command `gridward docs`: prints pages of docs/ that are generated from the code."""

from collections.abc import Callable

import click
import orjson

from app.cli_login import read_settings
from app.core.actor import ROLE_PERMISSIONS, Permission, Role
from app.dispatch import service as dispatch
from app.incidents import service as incidents
from app.reference.commands import commands_page
from app.reference.errors import errors_page
from app.reference.errors_zh import chinese_errors_page
from app.reference.metrics import metrics_page
from app.reference.settings import settings_page
from app.rights import service as rights


def permissions_page() -> str:
    """Return the content of docs/reference/permissions.md: the permissions of each role."""
    head = "| | " + " | ".join(f"`{role}`" for role in Role) + " |"
    lines = [
        "# Permissions",
        "",
        "Printed by `gridward docs permissions` from `ROLE_PERMISSIONS` in `app/core/actor.py`; a test compares.",
        "",
        "A permission says what somebody may try. Which rows it reaches is said by the scope: a supervisor, admin or GIS",
        "role holds in and under its area (everywhere, if it names none), a worker's and a chief's where they are",
        "responsible now, a handler's for the unit. A case about oneself or one's unit is hidden whatever the role.",
        "",
        head,
        "|---" * (len(Role) + 1) + "|",
    ]
    for permission in Permission:
        held = " | ".join("yes" if permission in ROLE_PERMISSIONS[role] else "" for role in Role)
        lines.append(f"| `{permission.value}` | {held} |")
    return "\n".join(lines) + "\n"


def cli_page() -> str:
    """Return the content of docs/reference/cli.md: all commands of the program that runs."""
    root = click.get_current_context().find_root().command
    assert isinstance(root, click.Group)
    return commands_page(root)


PAGES: dict[str, Callable[[], str]] = {
    "cli": cli_page,
    "deadlines": incidents.deadlines_page,
    "dispatch": dispatch.dispatch_page,
    "errors": errors_page,
    "errors-zh": chinese_errors_page,
    "lifecycle": incidents.lifecycle_page,
    "lifecycle-diagram": incidents.lifecycle_diagram,
    "lifecycle-zh": incidents.chinese_lifecycle_page,
    "metrics": metrics_page,
    "permissions": permissions_page,
    "processing": rights.processing_page,
    "settings": settings_page,
}
# Pages that are not docs/reference/NAME.md.
OTHER_FILES = {
    "errors-zh": "docs/zh/errors.md",
    "lifecycle-diagram": "docs/images/lifecycle.svg",
    "lifecycle-zh": "docs/zh/lifecycle.md",
}


def file_of(page: str) -> str:
    """Return the path of the file that has a page."""
    if page.endswith("-zh"):
        return f"docs/zh/{page.removesuffix('-zh')}.md"
    return OTHER_FILES.get(page, f"docs/reference/{page}.md")


@click.command()
@click.argument("page", type=click.Choice(list(PAGES)))
@click.option(
    "--json", "as_json", is_flag=True, help="Print processing as JSON, with the settings in force here"
)
def docs(page: str, as_json: bool) -> None:
    """Print a page of docs/ that is made from the code, as in `gridward docs errors > docs/reference/errors.md`."""
    if as_json and page != "processing":
        raise click.UsageError("Only processing has a form in JSON.")
    if as_json:
        record = rights.record_of_processing(read_settings())
        click.echo(orjson.dumps(record, option=orjson.OPT_INDENT_2))
        return
    click.echo(PAGES[page](), nl=False)
