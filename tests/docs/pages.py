"""Run a page as its reader does, and compare or rewrite what it shows."""

from dataclasses import dataclass, field
from pathlib import Path

from tests.docs.blocks import ROOT, Block, differences, read_blocks, steps_of
from tests.docs.reader import Shell

DOCS = ROOT / "docs"
# The handbook of operators is no lesson: tests/test_deployment.py and tests/live/test_logins.py hold it to the code.
HANDBOOKS = {"operations.md"}
PAGES = sorted(
    path
    for folder in ("tutorials", "how-to", "zh")
    for path in (DOCS / folder).glob("*.md")
    if path.name not in HANDBOOKS
)


@dataclass
class Outcome:
    """Faults of a page, and the outputs that its commands really had."""

    faults: list[str] = field(default_factory=list)
    printed: list[tuple[Block, str]] = field(default_factory=list)


def follow(path: Path, shell: Shell) -> Outcome:
    """Run all commands of a page in order; stop where one fails that should not."""
    outcome = Outcome()
    for step in steps_of(read_blocks(path)):
        if not step.commands.is_run:
            continue
        output, failed = shell.run(step.commands.text)
        expected = step.commands.exit_status
        if failed != ([expected] if expected else []):
            outcome.faults.append(f"{step.commands.place}: exit status {failed or 0}:\n{output}")
            break
        if len(step.outputs) > 1:
            outcome.faults.append(f"{step.outputs[1].place}: a second output of one block of commands")
        for shown in step.outputs[:1]:
            outcome.printed.append((shown, output))
            if wrong := differences(shown, output):
                outcome.faults.append(wrong)
    return outcome


def rewrite(path: Path, outcome: Outcome) -> None:
    """Write the outputs of a run into the page where they differ; parts are left as they are."""
    rows = path.read_text().splitlines(keepends=True)
    for shown, output in reversed(outcome.printed):
        if "part" not in shown.marks and differences(shown, output):
            end = shown.begins_at + shown.text.count("\n") if shown.text.strip() else shown.begins_at
            rows[shown.begins_at : end] = [output.strip("\n") + "\n"]
    path.write_text("".join(rows))
