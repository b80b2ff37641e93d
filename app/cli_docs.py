"""The command `gridward docs`: prints pages of docs/ that are generated from the code."""

from pkgutil import resolve_name

import click
import orjson

from app.cli_login import read_settings
from app.core.actor import ROLE_PERMISSIONS, Permission, Role
from app.reference.commands import commands_page


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


# The function of each page. A page loads its module when it is printed: other commands do not wait for that.
PAGES = {
    "cli": "app.cli_docs:cli_page",
    "deadlines": "app.incidents.service:deadlines_page",
    "dispatch": "app.dispatch.service:dispatch_page",
    "errors": "app.reference.errors:errors_page",
    "errors-zh": "app.reference.errors_zh:chinese_errors_page",
    "lifecycle": "app.incidents.service:lifecycle_page",
    "lifecycle-diagram": "app.incidents.service:lifecycle_diagram",
    "lifecycle-zh": "app.incidents.service:chinese_lifecycle_page",
    "metrics": "app.reference.metrics:metrics_page",
    "permissions": "app.cli_docs:permissions_page",
    "processing": "app.rights.service:processing_page",
    "settings": "app.reference.settings:settings_page",
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
        from app.rights import service as rights

        record = rights.record_of_processing(read_settings())
        click.echo(orjson.dumps(record, option=orjson.OPT_INDENT_2))
        return
    click.echo(resolve_name(PAGES[page])(), nl=False)
