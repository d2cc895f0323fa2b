"""Figures of every link and back-half, and what it means when Bitly does not have them."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from dagster_project.sources.bitly.client import Client
from dagster_project.sources.bitly.links import Link
from dagster_project.sources.bitly.listing import field_of, links
from dagster_project.sources.core.errors import NotFoundError, ProtocolError
from dagster_project.sources.core.prefetch import map_concurrently
from dagster_project.sources.core.records import fields_of

CONNECTIONS = 4  # Bitly accepts five per IP address; one is left for other clients

Parse = Callable[[bytes], Sequence[bytes]]

logger = logging.getLogger(__name__)


class _Counted(msgspec.Struct):
    clicks: int


def per_address(
    client: Client, part: str, parameters: dict[str, Any], parse: Parse
) -> Iterator[tuple[dict[str, str], Sequence[bytes]]]:
    """`/bitlinks/{bitlink}/{part}` of every link and back-half that was not deleted.

    Bitly declares 410 for some parts of a deleted link and 404 for others, and a 404 may also mean that it
    counts an address elsewhere. So a link was deleted when a second listing lacks it or says so. Any other
    is requested again and then left out with a warning; ProtocolError when that would leave out all.
    """

    def fetch(address: tuple[Link, str]) -> Sequence[bytes] | None:
        link, name = address
        try:
            return client.read(f"/bitlinks/{{bitlink}}/{part}", {"bitlink": name}, parameters, parse)
        except NotFoundError:
            return None if name == link.id else _of_back_half(client, part, name, parameters)

    addresses = [(link, name) for link in links(client) for name in link.addresses]
    answers = list(map_concurrently(fetch, addresses, CONNECTIONS))
    unanswered = []
    for at in [at for at, answer in enumerate(answers) if answer is None]:
        if not _is_deleted(client, *addresses[at]):
            answers[at] = fetch(addresses[at])
            unanswered += [addresses[at][1]] if answers[at] is None else []
    if unanswered:
        if all(answer is None for answer in answers):
            raise ProtocolError(
                f"Bitly has no {part} of any of the {len(unanswered):,} links that it lists (404); nothing "
                "of it was landed. Check BITLY_BASE_URL and whether the vendor changed its API."
            )
        names = ", ".join(unanswered[:5])
        logger.warning(
            "Bitly lists %s links without %s (404), such as %s; they are left out.",
            len(unanswered),
            part,
            names,
        )
    for (link, name), answer in zip(addresses, answers, strict=True):
        if answer is not None:
            yield {"_bitlink": link.id, "_clicked_bitlink": name}, answer


def _is_deleted(client: Client, link: Link, name: str) -> bool:
    """Whether Bitly says so, or a second listing does not have the address any more."""
    if link.is_deleted:
        return True
    current = {each.id: each for each in links(client, again=True)}.get(link.id)
    return current is None or current.is_deleted or name not in current.addresses


def _of_back_half(client: Client, part: str, name: str, parameters: dict[str, Any]) -> Sequence[bytes] | None:
    """Clicks of a back-half by its own endpoint, which has no other figures."""
    if part not in ("clicks", "clicks/summary"):
        return None
    endpoint, names = "/custom_bitlinks/{custom_bitlink}/clicks", {"custom_bitlink": name}
    try:
        days = client.read(endpoint, names, parameters, field_of("link_clicks"))
    except NotFoundError:
        return None
    if part == "clicks":
        return days
    total = sum(fields_of(day, _Counted, "A day of clicks of Bitly").clicks for day in days)
    return [json.dumps({"total_clicks": total, "unit_reference": parameters["unit_reference"]}).encode()]
