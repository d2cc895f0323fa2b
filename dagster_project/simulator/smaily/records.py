"""SQL that renders Smaily's records as JSON, each followed by a comma."""

from typing import Final

from dagster_project.simulator.database import HOME_TIME_ZONE, local_text, quoted

# A view's value in the world is `client; IP address; country`, whose client may be `name / system`.
_PARTS: Final = "string_split(value, '; ')"
_NAME: Final = f"string_split({_PARTS}[1], ' / ')[1]"
_SYSTEM: Final = f"coalesce(string_split({_PARTS}[1], ' / ')[2], '')"


def _escaped(text: str) -> str:
    """SQL of a JSON text as PHP writes it."""
    return f"replace(({text})::varchar, '/', '\\/')"


_OBJECT: Final = _escaped(
    f"json_object('os', {_SYSTEM}, 'client', {_NAME}, 'ip', {_PARTS}[2], 'country', {_PARTS}[3])"
)
_VIEWS: Final = {
    "text": quoted("value"),
    "commas": quoted(f"array_to_string([{_SYSTEM}, {_NAME}, {_PARTS}[2], {_PARTS}[3]], ', ')"),
    "pairs": quoted(
        "format('OS: {}; Client: {}; IP: {}; Country: {}', "
        f"{_SYSTEM}, {_NAME}, {_PARTS}[2], {_PARTS}[3])"
    ),
    "object": _OBJECT,
    "list": _escaped(f"json_array({_SYSTEM}, {_NAME}, {_PARTS}[2], {_PARTS}[3])"),
    "escaped": quoted(_OBJECT),
}


def identifier(column: str, ids: str) -> str:
    """SQL of an id as JSON number or text, as the option `ids` says."""
    text = f"{column}::varchar"
    return f"coalesce({text}, 'null')" if ids != "text" else f"coalesce('\"' || {text} || '\"', 'null')"


def action(ids: str, views: str, has_seq_id: bool) -> str:
    """A row of `history.php`. Only responses to `since_seq_id` include the seq_id.

    `views` is the form of a view's value, which the vendor does not describe.
    """
    value = quoted("value") if views == "text" else f"if(action = 'view', {_VIEWS[views]}, {quoted('value')})"
    lead = f"'{{\"seq_id\":' || {identifier('seq_id', 'number')} || ','" if has_seq_id else "'{'"
    return f"""{lead} || '"email":' || {quoted("email")}
        || ',"time":"' || {local_text('"at"')}
        || '","campaign_id":' || {identifier("campaign_id", ids)}
        || ',"campaign_name":' || {quoted("campaign_name")}
        || ',"action":"' || action
        || '","value":' || {value} || '}},'"""


def offset_text(column: str) -> str:
    """SQL for a Tallinn local time in RFC 3339 with milliseconds and offset."""
    local = f"({column} at time zone '{HOME_TIME_ZONE}')"
    hours = f"datediff('hour', {column} at time zone 'UTC', {local})"
    return f"strftime({local}, '%Y-%m-%dT%H:%M:%S.%g+') || lpad({hours}::varchar, 2, '0') || ':00'"


# The structure of `value` is documented for bounces only; the others are this simulator's invention.
_MESSAGE_VALUE: Final = """case action
    when 'bounce' then json_object('smtp_status_code', try_cast(value as integer))
    when 'click' then json_object('url', value)
    when 'view' then json_object('user_agent', value)
    else json_object() end::varchar"""


def message(ids: str) -> str:
    """A row of `message/action/log.php`."""
    return f"""'{{"seq_id":' || seq_id
        || ',"message_id":' || (hash(email, campaign_id) >> 12)
        || ',"email":' || {quoted("email")}
        || ',"campaign_id":' || {identifier("campaign_id", ids)}
        || ',"section_id":' || {identifier("section_id", ids)}
        || ',"action":"' || action
        || '","value":' || {_MESSAGE_VALUE}
        || ',"created_at":"' || {offset_text('"at"')} || '"}},'"""
