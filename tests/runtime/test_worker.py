"""The process beside this one: called by name, told of as it goes, gone when nobody needs it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_project.runtime.worker import Beside, EndedUnasked
from tests.runtime.worker_calls import count_slowly, parse_slowly


@pytest.fixture
def beside() -> Iterator[Beside]:
    other = Beside()
    yield other
    other.close()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0]


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_it_answers_in_the_environment_and_folder_of_each_call(
    beside: Beside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = beside.call("os:getpid")
    assert first != os.getpid()
    monkeypatch.setenv("MILEPOST_HOME", "here")
    monkeypatch.chdir(tmp_path)
    assert (beside.call("os:getenv", "MILEPOST_HOME"), beside.call("os:getcwd")) == ("here", str(tmp_path))
    monkeypatch.delenv("MILEPOST_HOME")
    assert beside.call("os:getenv", "MILEPOST_HOME") is None
    assert beside.call("os:getpid") == first


def test_what_is_raised_there_is_raised_here(beside: Beside) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        beside.call(parse_slowly, "many")
    with pytest.raises(RuntimeError, match="JSONDecodeError: Expecting value"):
        beside.call("json:loads", "<html>")
    assert beside.call("math:sqrt", 9.0) == 3


def test_nobody_waits_for_what_is_called_ahead(beside: Beside) -> None:
    beside.call("os:getpid")
    started = time.monotonic()
    beside.ahead(parse_slowly, "many")
    beside.ahead(parse_slowly, "1")
    assert time.monotonic() - started < 0.4
    assert beside.call("math:sqrt", 9.0) == 3
    assert time.monotonic() - started > 0.9


def test_it_tells_while_it_works_and_ends_when_nobody_listens(beside: Beside) -> None:
    pid, *numbers = beside.told(count_slowly, 3, 0.0)
    assert numbers == [0, 1, 2]
    for thing in beside.told(count_slowly, 1_000, 0.1):
        assert thing == pid
        break
    wait_until_gone(pid)
    assert beside.call("os:getpid") != pid


def test_nobody_gets_the_answer_of_a_call_that_was_broken_off(beside: Beside) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    pid = beside.call("os:getpid")
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    with pytest.raises(KeyboardInterrupt):
        beside.call("time:sleep", 60)
    signal.signal(signal.SIGALRM, before)
    wait_until_gone(pid)
    assert beside.call("math:sqrt", 9.0) == 3


def test_its_end_is_one_sentence_and_the_next_call_starts_another(beside: Beside) -> None:
    told = beside.told(count_slowly, 1_000, 0.1)
    os.kill(next(told), signal.SIGKILL)
    with pytest.raises(EndedUnasked, match=r"ended with code -9.*run the job again"):
        list(told)
    assert beside.call("math:sqrt", 9.0) == 3


def test_it_ends_well_when_there_is_nobody_to_call(beside: Beside) -> None:
    beside.call("os:getpid")
    process, connection = beside._process, beside._connection
    assert process is not None
    assert connection is not None
    connection.close()
    # Its thread still waits on standard input, which must not trip up the interpreter's end.
    assert process.wait(20) == 0


def test_it_is_broken_off_in_silence() -> None:
    program = (
        "import os\n"
        "from dagster_project.runtime.worker import beside\n"
        "from tests.runtime.worker_calls import hold_a_lock\n"
        "for thing in beside.told(hold_a_lock): print(thing, flush=True); os._exit(0)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    wait_until_gone(int(ended.stdout))
    assert ended.stderr == ""


def test_it_does_not_outlive_a_process_that_is_killed() -> None:
    program = (
        "from dagster_project.runtime.worker import beside\n"
        "from tests.runtime.worker_calls import count_slowly\n"
        "for thing in beside.told(count_slowly, 1_000, 0.1): print(thing, flush=True)"
    )
    first = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    pid = int(first.stdout.readline())
    assert is_running(pid)
    first.kill()
    wait_until_gone(pid)
    first.communicate()
