"""`history.php` and `message/action/log.php`: the action log by cursor or by time span."""

from datetime import UTC, datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.smaily import records
from dagster_project.simulator.smaily.account import SmailyOptions
from dagster_project.simulator.smaily.action_log import ActionLog
from dagster_project.simulator.smaily.parameters import number, text_list
from dagster_project.simulator.smaily.responses import error, raw

PAGE: Final = 10_000
_MESSAGE_ACTIONS: Final = ("bounce", "click", "complaint", "optout", "send", "view")


class Actions:
    """Both scripts over one log. The log keeps `retention_days`; the maximum `limit` is 10,000."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._options = simulation.options.of(SmailyOptions)
        self._log = ActionLog(simulation.database, with_changes=self._options.smaily_changes == "many")
        if self._options.prerender:
            self._log.prerender(self._form(has_seq_id=True))

    def history(self, request: Request) -> Response:
        query = request.query_params
        has_cursor = "since_seq_id" in query
        if has_cursor and ("start_at" in query or "end_at" in query):
            return error(203, "since_seq_id cannot be combined with start_at and end_at.")
        return self._respond(request, self._form(has_seq_id=has_cursor), text_list(query, "actions"))

    def _form(self, has_seq_id: bool) -> str:
        return records.action(self._options.smaily_ids, self._options.smaily_views, has_seq_id)

    def messages(self, request: Request) -> Response:
        form = records.message(self._options.smaily_ids)
        actions = [name for name in text_list(request.query_params, "actions") if name in _MESSAGE_ACTIONS]
        return self._respond(request, form, actions or list(_MESSAGE_ACTIONS))

    def _respond(self, request: Request, form: str, actions: list[str]) -> Response:
        query = request.query_params
        first, last = self._retained()
        skip = 0
        if "since_seq_id" in query:
            if not query["since_seq_id"].isdecimal():
                return error(203, "since_seq_id is not a number.")
            after = self._log.after(int(query["since_seq_id"]))
            repeats = after > first and self._simulation.take_fault(request, "duplicates")
            first = max(first, after - int(bool(repeats)))
        else:
            span = _span(query.get("start_at", ""), query.get("end_at", ""))
            if isinstance(span, Response):
                return span
            first = max(first, self._log.before(span[0]))
            last = min(last, self._log.before(span[1] + timedelta(seconds=1)))
            skip = (
                number(query, "offset", 0) * PAGE
            )  # `offset` counts pages of 10,000 rows, even with a smaller `limit`
        limit = min(number(query, "limit", PAGE) or PAGE, PAGE)
        if actions:
            return _list(self._log.records_of(actions, first, last, form, skip, limit))
        first = min(first + skip, last)
        last = max(first, min(last, first + limit))
        self._simulation.records_served += last - first
        return _list(self._log.records(first, last, form))

    def _retained(self) -> tuple[int, int]:
        """Positions of the actions that have happened by now and are within the retention."""
        now, days = self._simulation.clock.now, self._options.retention_days
        first = self._log.before(now - timedelta(days=days)) if days else 0
        return first, self._log.before(now + timedelta(microseconds=1))


def _list(joined: bytes) -> Response:
    return raw(b"[" + joined + b"]")


def _span(start: str, end: str) -> tuple[datetime, datetime] | Response:
    """Two UNIX times, or Smaily's error when they are invalid."""
    if not (start.isdecimal() and end.isdecimal()):
        return error(223, "Start and end time are required.")
    if int(end) < int(start):
        return error(224, "End time is before start time.")
    latest = datetime.max.replace(tzinfo=UTC).timestamp() - 86_400
    return datetime.fromtimestamp(min(int(start), latest), UTC), datetime.fromtimestamp(
        min(int(end), latest), UTC
    )
