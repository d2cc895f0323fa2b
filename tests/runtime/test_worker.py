"""The worker process: called by name, streams results, and ends with its caller."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_project.runtime.worker import WorkerDied, WorkerProcess
from tests.runtime.worker_calls import count_slowly, parse_slowly


@pytest.fixture
def worker() -> Iterator[WorkerProcess]:
    process = WorkerProcess()
    yield process
    process.close()


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
    worker: WorkerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = worker.call("os:getpid")
    assert first != os.getpid()
    monkeypatch.setenv("MILEPOST_HOME", "here")
    monkeypatch.chdir(tmp_path)
    assert (worker.call("os:getenv", "MILEPOST_HOME"), worker.call("os:getcwd")) == ("here", str(tmp_path))
    monkeypatch.delenv("MILEPOST_HOME")
    assert worker.call("os:getenv", "MILEPOST_HOME") is None
    assert worker.call("os:getpid") == first


def test_what_is_raised_there_is_raised_here(worker: WorkerProcess) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        worker.call(parse_slowly, "many")
    with pytest.raises(RuntimeError, match="JSONDecodeError: Expecting value"):
        worker.call("json:loads", "<html>")
    assert worker.call("math:sqrt", 9.0) == 3


def test_prewarming_does_not_wait(worker: WorkerProcess) -> None:
    worker.call("os:getpid")
    started = time.monotonic()
    worker.prewarm(parse_slowly, "many")
    worker.prewarm(parse_slowly, "1")
    assert time.monotonic() - started < 0.4
    assert worker.call("math:sqrt", 9.0) == 3
    assert time.monotonic() - started > 0.9


def test_it_streams_while_it_works_and_ends_when_the_stream_is_closed(worker: WorkerProcess) -> None:
    pid, *numbers = worker.stream(count_slowly, 3, 0.0)
    assert numbers == [0, 1, 2]
    for result in worker.stream(count_slowly, 1_000, 0.1):
        assert result == pid
        break
    wait_until_gone(pid)
    assert worker.call("os:getpid") != pid


def test_the_result_of_an_interrupted_call_is_dropped(worker: WorkerProcess) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    pid = worker.call("os:getpid")
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    with pytest.raises(KeyboardInterrupt):
        worker.call("time:sleep", 60)
    signal.signal(signal.SIGALRM, before)
    wait_until_gone(pid)
    assert worker.call("math:sqrt", 9.0) == 3


def test_its_death_is_one_sentence_and_the_next_call_starts_another(worker: WorkerProcess) -> None:
    results = worker.stream(count_slowly, 1_000, 0.1)
    os.kill(next(results), signal.SIGKILL)
    with pytest.raises(WorkerDied, match=r"ended with code -9.*run the job again"):
        list(results)
    assert worker.call("math:sqrt", 9.0) == 3


def test_it_ends_cleanly_when_its_caller_hangs_up(worker: WorkerProcess) -> None:
    worker.call("os:getpid")
    process, connection = worker._process, worker._connection
    assert process is not None
    assert connection is not None
    connection.close()
    # Its thread still waits on standard input, which must not trip up the interpreter's end.
    assert process.wait(20) == 0


def test_it_is_stopped_in_the_middle_without_a_warning() -> None:
    program = (
        "import os\n"
        "from dagster_project.runtime.worker import worker\n"
        "from tests.runtime.worker_calls import hold_a_lock\n"
        "for result in worker.stream(hold_a_lock): print(result, flush=True); os._exit(0)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    wait_until_gone(int(ended.stdout))
    assert ended.stderr == ""


def test_it_does_not_outlive_a_process_that_is_killed() -> None:
    program = (
        "from dagster_project.runtime.worker import worker\n"
        "from tests.runtime.worker_calls import count_slowly\n"
        "for result in worker.stream(count_slowly, 1_000, 0.1): print(result, flush=True)"
    )
    first = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    pid = int(first.stdout.readline())
    assert is_running(pid)
    first.kill()
    wait_until_gone(pid)
    first.communicate()


def test_an_interrupt_from_the_keyboard_is_the_callers_to_answer(worker: WorkerProcess) -> None:
    """Ctrl-C reaches every process of the terminal; the call under way is not broken off."""
    number = worker.call("os:getpid")
    os.kill(number, signal.SIGINT)
    assert worker.call("os:getpid") == number
