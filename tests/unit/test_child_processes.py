"""Child processes: limits hold, and the next request is answered whatever happens to a child."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from app.core.child_processes import ChildFailed, Children, Limits
from tests.waits import eventually

# A program that does what each request says.
PROGRAM = """
import os, signal, time
from app.core.child_program import serve
def handle(request, files):
    if request == 'burn':
        while True: pass
    if request == 'sleep': time.sleep(60)
    if request == 'grow': yield len(bytearray(800_000_000))
    if request == 'raise': raise KeyError
    if request == 'die': os.kill(os.getpid(), signal.SIGKILL)
    if request == 'environment': yield dict(os.environ)
    if request == 'print':
        print('not an answer', flush=True)
        yield 'printed'
    if request == 'write': yield os.write(files[0], b'written')
    if request == 'pid': yield os.getpid()
    if isinstance(request, int):
        for n in range(request): yield [n, 'x' * 1000]
serve(handle)
"""
LIMITS = Limits(cpu_s=20, wait_s=20, memory=1 << 30)


@pytest.fixture(scope="module")
def children():
    made = Children((sys.executable, "-c", PROGRAM), most=1)
    yield made
    made.close()


def ask(children, request, limits=LIMITS, files=()):
    with children.take(1) as child:
        return list(child.ask(request, limits, files))


@pytest.mark.parametrize(
    ("request_", "limits", "code"),
    [
        ("burn", Limits(cpu_s=1, wait_s=20, memory=1 << 30), "time_over"),
        ("sleep", Limits(cpu_s=9, wait_s=0.5, memory=1 << 30), "time_over"),
        ("grow", Limits(cpu_s=9, wait_s=20, memory=600_000_000), "memory_over"),
        ("raise", LIMITS, "child_refused"),
        ("die", LIMITS, "child_ended"),
    ],
)
def test_child_request_over_limit_fails_and_next_one_succeeds(children, request_, limits, code):
    began = time.monotonic()
    with pytest.raises(ChildFailed) as failed:
        ask(children, request_, limits)
    assert failed.value.code == code
    assert time.monotonic() - began < 10
    assert ask(children, 3) == [[n, "x" * 1000] for n in range(3)]


def test_child_answer_wait_excludes_time_of_reader(children):
    with children.take(1) as child:
        parts = child.ask(5_000, Limits(cpu_s=20, wait_s=1, memory=1 << 30))
        first = next(parts)
        time.sleep(1.5)  # pause: the reader takes longer than the limit of a wait
        assert [first, *parts][-1][0] == 4_999


def test_unread_child_answer_is_discarded_before_next_request(children):
    with children.take(1) as child:
        parts = child.ask(5_000, LIMITS)
        next(parts)
        parts.close()
    assert ask(children, 1) == [[0, "x" * 1000]]


def test_child_is_reused_and_replaced_after_kill(children):
    (first,) = ask(children, "pid")
    assert ask(children, "pid") == [first]
    os.kill(first, signal.SIGKILL)
    (second,) = ask(children, "pid")
    assert second != first


def test_child_is_reused_when_parent_has_much_memory():
    script = f"""
import sys
from app.core.child_processes import Children
from tests.unit.test_child_processes import PROGRAM, ask
children = Children((sys.executable, "-c", PROGRAM), most=1)
held = b"x" * {500 << 20}
print(ask(children, "pid") == ask(children, "pid"))
children.close()
"""
    outcome = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    assert outcome.stdout == "True\n", outcome.stderr


def test_child_gets_request_files_and_no_secret_environment(children, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:secret@nowhere/")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    children.close()
    (environment,) = ask(children, "environment")
    assert "secret" not in str(environment) and "PATH" in environment
    with tempfile.TemporaryFile() as file:
        assert ask(children, "write", files=[file.fileno()]) == [7]
        file.seek(0)
        assert file.read() == b"written"


def test_child_stdout_is_not_part_of_answer(children):
    assert ask(children, "print") == ["printed"]


def test_request_fails_as_busy_when_no_child_is_free(children):
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with children.take(1):
            taken.set()
            done.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait(10)
    with pytest.raises(ChildFailed) as failed:
        ask_quickly(children)
    done.set()
    holder.join()
    assert failed.value.code == "busy"


def ask_quickly(children):
    with children.take(0.1) as child:
        return list(child.ask(1, LIMITS))


def test_child_exits_with_its_parent():
    parent = (
        "import os, sys, time\n"
        "from app.core.child_processes import Children, Limits\n"
        f"with Children((sys.executable, '-c', {PROGRAM!r}), most=1).take(1) as child:\n"
        "    print(*child.ask('pid', Limits(9, 20, 1 << 30)), flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    pid = int(subprocess.run([sys.executable, "-c", parent], capture_output=True, text=True).stdout)
    eventually(lambda: not os.path.exists(f"/proc/{pid}"))
