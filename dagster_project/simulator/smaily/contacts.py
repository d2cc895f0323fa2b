"""Contact lists and contacts, as of an instant."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from dagster_project.simulator.cache import Cache
from dagster_project.simulator.database import Rendered, local_text
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.smaily.account import SmailyOptions
from dagster_project.simulator.smaily.parameters import page_bounds, text_list
from dagster_project.simulator.smaily.responses import NO_DATE, error, json_response, raw
from dagster_project.simulator.smaily.sendings import format_id, ids_of

PAGE: Final = 25_000
_TIMES: Final = (
    "last_response_at",
    "created_at",
    "subscribed_at",
    "modified_at",
    "last_open_at",
    "last_click_at",
    "unsubscribed_at",
)
# The vendor's fields and custom fields; every twelfth contact has no country and time zone.
_FIELDS: Final = (
    "email",
    "is_unsubscribed",
    "last_response_code",
    *_TIMES,
    "total_opens",
    "total_clicks",
    "name",
    "country",
    "timezone",
)

_CONTACTS: Final = """
create table contacts as
with created as (
    select email, min("at") as created_at from email_actions where action = 'create' group by email
),

owners as (
    select email, person_id, name, country, time_zone, created_at, subscribed_at from persons
    union all
    select second_email, person_id, name, country, time_zone, created_at, subscribed_at
    from persons
    where second_email is not null
)

select
    owners.email,
    owners.name,
    case when owners.person_id % 12 = 5 then '' else owners.country end as country,
    case when owners.person_id % 12 = 5 then '' else owners.time_zone end as timezone,
    coalesce(created.created_at, least(owners.created_at, owners.subscribed_at)) as created_at,
    owners.subscribed_at
from owners
left join created on owners.email = created.email
semi join list_members on owners.email = list_members.email
order by owners.email
"""

_STATE: Final = """
with acts as (
    select
        email,
        max("at") filter (where action in ('send', 'bounce', 'optout', 'complaint')) as last_response_at,
        arg_max(
            case action
                when 'send' then 200
                when 'bounce' then try_cast(value as integer)
                when 'optout' then 1001
                else 1002
            end,
            seq_id
        ) filter (where action in ('send', 'bounce', 'optout', 'complaint')) as last_response_code,
        max("at") filter (where action in ('create', 'modify', 'optin', 'optout')) as modified_at,
        max("at") filter (where action = 'view') as last_open_at,
        max("at") filter (where action = 'click') as last_click_at,
        max("at") filter (where action = 'optout') as unsubscribed_at,
        max("at") filter (where action = 'delete') as deleted_at,
        count(*) filter (where action = 'view') as total_opens,
        count(*) filter (where action = 'click') as total_clicks
    from action_log
    where "at" <= $now
    group by email
)

select
    contacts.*,
    coalesce(acts.last_response_code, 0) as last_response_code,
    acts.last_response_at,
    coalesce(acts.modified_at, contacts.subscribed_at) as modified_at,
    acts.last_open_at,
    acts.last_click_at,
    acts.unsubscribed_at,
    coalesce(acts.total_opens, 0) as total_opens,
    coalesce(acts.total_clicks, 0) as total_clicks,
    (acts.unsubscribed_at is not null)::integer as is_unsubscribed
from contacts
left join acts using (email)
where contacts.subscribed_at <= $now and acts.deleted_at is null
"""

_SIZES: Final = f"""
with state as ({_STATE})

select list_id, (select count(*) from state where {{condition}}) as size
from lists
"""
# Whether a contact is on list `list_id`, where list 1 is of everybody, and where it is of the subscribed.
_MEMBERS: Final = "email in (select email from list_members where list_id = {list_id})"
_BY_SUBSCRIPTION: Final = f"""case {{list_id}}
    when 1 then is_unsubscribed = 0
    when 2 then is_unsubscribed = 1
    else {_MEMBERS}
end"""


class Contacts:
    """`list.php` and `contact.php`."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._options = simulation.options.of(SmailyOptions)
        self._database = simulation.database
        self._database.execute(_CONTACTS)
        self._lists = {row["list_id"]: row["name"] for row in self._database.rows("from lists")}
        self._pages: Cache[Rendered] = Cache(8)

    def lists(self, request: Request) -> Response:
        ids = ids_of("list", self._options.smaily_ids)
        sizes = {
            row["list_id"]: row["size"]
            for row in self._database.rows(
                _SIZES.format(condition=self._condition("lists.list_id")),
                {"now": self._simulation.clock.now},
            )
        }
        list_id = request.query_params.get("id")
        rows = [
            {"id": format_id(id_, ids), "name": name, "subscribers_count": sizes.get(id_, 0)}
            for id_, name in sorted(self._lists.items(), key=lambda item: item[1])
            if list_id in (None, str(id_))
        ]
        if list_id is None:
            return json_response(rows)
        if not rows:
            return error(208, "No such list.")
        return json_response([{**rows[0], "filter_type": "ALL", "filter_data": []}])

    def contacts(self, request: Request) -> Response:
        query = request.query_params
        fields = ["email", *(name for name in _FIELDS[1:] if name in text_list(query, "fields"))]
        fields = fields if len(fields) > 1 else list(_FIELDS)
        if "email" in query:
            found = self._rendered("1", fields, query["email"].strip().lower())
            return raw(found.between(0, 1)) if len(found) else error(206, "Email not found.")
        if "list" not in query:
            return error(207, "Missing fields: list or email.")
        if query["list"] not in map(str, self._lists):
            return error(219, "No such list.")
        now, options = self._simulation.clock.now, self._options
        key = (query["list"], tuple(fields), now, options.smaily_ids, options.smaily_lists)
        rendered = self._pages(key, lambda: self._rendered(query["list"], fields, None))
        bounds = page_bounds(query, "offset", PAGE, options)
        if bounds is None:
            return error(203, "Invalid limit.")
        start, stop = bounds
        shift = int(
            start > 0 and self._simulation.take_fault(request, "duplicates", "rows_change") is not None
        )
        start, stop = start - shift, stop - shift
        self._simulation.records_served += max(0, min(stop, len(rendered)) - start)
        return raw(b"[" + rendered.between(start, stop) + b"]")

    def _condition(self, list_id: str) -> str:
        """SQL of whether a contact of the state is on a list, `list_id` its number or a column."""
        condition = _BY_SUBSCRIPTION if self._options.smaily_lists == "subscribed" else _MEMBERS
        return condition.format(list_id=list_id)

    def _rendered(self, list_id: str, fields: list[str], email: str | None) -> Rendered:
        """The contacts of a list sorted by address, or the contact of one address."""
        parameters: dict[str, Any] = {"now": self._simulation.clock.now}
        condition = self._condition(str(int(list_id)))
        if email is not None:
            condition, parameters["email"] = "email = $email", email
        members = ", ".join(f"'{name}': {_field_sql(name, self._options.smaily_ids)}" for name in fields)
        return self._database.render(
            f"select to_json({{{members}}})::varchar || ',' as record from ({_STATE}) "
            f"where {condition} order by email",
            parameters,
        )


def _field_sql(name: str, ids: str) -> str:
    """SQL of a field's value. Missing opens and clicks have a zero date, other empty times are null."""
    if name in ("last_open_at", "last_click_at"):
        return f"coalesce({local_text(name)}, '{NO_DATE}')"
    if name in _TIMES:
        return local_text(name)
    return (
        f"{name}::varchar" if ids != "number" and name in ("is_unsubscribed", "last_response_code") else name
    )
