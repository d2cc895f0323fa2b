"""What persons really did on their way to a purchase, from true persons and true labels.

Without any rule of the pipeline: the stages are those of the reference catalogue for the labels that the
world uses, and a person's way is followed in a plain loop.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

_INSTANT: Final = pa.timestamp("us", tz="UTC")
STAGES: Final = ("awareness", "consideration", "decision", "customer", "advocacy")
_LABELS: Final = {
    "awareness": (
        "email_open promotional_offer_open repeat_email_open social_follow newsletter_signup about_page_visit"
        " content_reading_time foundational_blog_read brand_story_video_view video_view contest_entry"
    ),
    "decision": (
        "cart_recovery_click offer_redeem_click roi_calculator_use webinar_registration form_submission"
        " demo_request wishlist_add cart_add checkout_start exclusive_offer_redemption"
    ),
    "customer": "review_invitation_click purchase",
    "advocacy": "social_share_click trustpilot_review",
    "": "preference_center_visit",
}
_STAGE_OF: Final = {label: stage for stage, labels in _LABELS.items() for label in labels.split()}
_EXITS: Final = pa.array(["unsubscribe", "spam_complaint", "hard_bounce"])
TRANSITIONS: Final = pa.schema(
    [
        ("person_id", pa.int64()),
        ("from_stage", pa.string()),
        ("entered_at", _INSTANT),
        ("reached_at", _INSTANT),
        ("exited_at", _INSTANT),
        ("was_beyond", pa.bool_()),
    ]
)


def stage_of(label: str) -> str:
    """Consideration where the label stands for no other stage; none for a change of preferences."""
    return _STAGE_OF.get(label, "consideration")


def journey_acts(tables: dict[str, pa.Table]) -> pa.Table:
    """One row per recognised act that carries an identifier, by person and time: is_macro, is_exit.

    A bounce is nobody's act; it is listed as the exit of the person addressed.
    """
    mail, web = tables["email_actions"], tables["web_events"]
    mail = mail.filter(pc.is_valid(mail["micro_conversion"]))
    web = web.filter(pc.and_(pc.is_valid(web["micro_conversion"]), pc.is_valid(web["client_id"])))
    columns = ["person_id", "at", "micro_conversion"]
    acts = pa.concat_tables(
        [
            pa.table(
                {
                    "person_id": pc.coalesce(mail["actor_person_id"], mail["person_id"]),
                    "at": mail["at"],
                    "micro_conversion": mail["micro_conversion"],
                    "is_macro": pa.array([False] * len(mail), pa.bool_()),
                }
            ),
            web.select([*columns, "is_macro"]),
        ]
    )
    acts = acts.append_column("is_exit", pc.is_in(acts["micro_conversion"], _EXITS))
    soft = pc.equal(acts["micro_conversion"], "soft_bounce")
    acts = acts.append_column("source_order", pa.array(range(len(acts)), pa.int64())).filter(pc.invert(soft))
    order = [(name, "ascending") for name in ("person_id", "at", "source_order")]
    return acts.sort_by(order).drop_columns(["source_order"])


def stage_transitions(acts: pa.Table) -> pa.Table:
    """One row per person and stage entered, but the last: when first, when a later one first, when left."""
    rows = acts.to_pylist()
    found = [
        transition
        for person, of_person in groupby(rows, key=itemgetter("person_id"))
        for transition in _transitions(person, list(of_person))
    ]
    return pa.Table.from_pylist(found, schema=TRANSITIONS)


def _transitions(person: int, acts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    first: dict[str, tuple[int, Any]] = {}
    has_bought = False
    for number, act in enumerate(acts):
        stage = stage_of(act["micro_conversion"])
        if stage in STAGES and not act["is_exit"] and (stage != "advocacy" or has_bought):
            first.setdefault(stage, (number, act["at"]))
        has_bought |= act["is_macro"]
    for stage in STAGES[:-1]:
        if stage in first:
            number, entered_at = first[stage]
            later = [first[name] for name in STAGES[STAGES.index(stage) + 1 :] if name in first]
            exits = [act["at"] for act in acts if act["is_exit"] and act["at"] >= entered_at]
            yield {
                "person_id": person,
                "from_stage": stage,
                "entered_at": entered_at,
                "reached_at": min(later)[1] if later else None,
                "exited_at": min(exits, default=None),
                "was_beyond": bool(later) and min(later)[0] < number,
            }
