"""What visitors do on the site, and whether they buy: the only place where purchases are decided."""

from typing import Final, TypeAlias

import numpy as np

from dagster_project.simulator.world import content
from dagster_project.simulator.world.chance import (
    Flags,
    Floats,
    Ints,
    happens,
    is_first_of,
    logit,
    sigmoid,
)
from dagster_project.simulator.world.effects import (
    CART_REMINDER_ODDS_RATIO,
    MOBILE_CHECKOUT_SUCCESS,
)
from dagster_project.simulator.world.persons import MOBILE
from dagster_project.simulator.world.state import State, Visits
from dagster_project.simulator.world.steps import PARTS_OF

Parts: TypeAlias = dict[str, Flags]

INTEREST_EFFECT: Final = 0.45  # log odds per standard deviation
_BOUNCE_RATES: Final = {"email": 0.22, "other": 0.33}
# Done in this share of engaged visits, independent of the person's interest in buying.
_AT_RANDOM: Final = {
    "about": 0.08,
    "blog": 0.16,
    "story_video": 0.10,
    "category": 0.30,
    "rewards": 0.03,
    "quick_start": 0.03,
    "features": 0.14,
    "demo_video": 0.07,
    "tips_video": 0.03,
    "guide": 0.06,
    "case": 0.06,
    "brochure": 0.03,
    "pricing": 0.14,
    "calculator": 0.05,
    "survey": 0.012,
    "assessment": 0.015,
    "preference_survey": 0.008,
    "webinar": 0.015,
    "contact": 0.01,
    "information": 0.008,
    "demo": 0.008,
}
# Given another part of the same visit.
_AFTER: Final = (
    ("read", "blog", 0.55),
    ("comment", "read", 0.03),
    ("story_video_end", "story_video", 0.7),
    ("demo_video_end", "demo_video", 0.6),
    ("explore", "features", 0.25),
    ("calculate", "calculator", 0.6),
    ("wishlist", "product", 0.10),
)
_LANDINGS: Final = {
    "about": content.ABOUT,
    "blog": content.BLOG,
    "category": content.CATEGORY,
    "product": content.PRODUCT,
    "pricing": content.PRICING,
    "features": content.FEATURES,
    "calculator": content.CALCULATOR,
    "rewards": content.REWARDS,
    "quick_start": content.QUICK_START,
}


def decide(state: State, visits: Visits, landing_kind: Ints, device: Ints, is_first: Flags) -> Parts:
    """The parts of each visit, and their effects on the persons' state."""
    rng, m = state.rng, len(visits.person)
    person = visits.person
    is_email = state.traffic.is_email[visits.source]
    leaves = np.where(is_email, _BOUNCE_RATES["email"], _BOUNCE_RATES["other"])
    engaged = ~happens(rng, leaves, m) | (landing_kind == content.CART)
    parts: Parts = {"arrive": np.ones(m, dtype=np.bool_), "first": is_first, "stay": engaged}
    for part, share in _AT_RANDOM.items():
        parts[part] = engaged & happens(rng, _offered(state, person, share), m)
    parts["contest"] = engaged & happens(rng, np.where(state.population.hunts_prizes[person], 0.7, 0.01), m)
    at_survey = landing_kind == content.SURVEY
    parts["survey"] |= engaged & at_survey & happens(rng, 0.5, m)
    parts["product"] = engaged & happens(rng, np.where(parts["category"], 0.42, 0.26), m)
    for part, kind in _LANDINGS.items():
        parts[part] |= landing_kind == kind
    for part, before, share in _AFTER:
        parts[part] = parts[before] & engaged & happens(rng, share, m)
    _identify(state, visits, engaged, parts)
    _shop(state, visits, landing_kind, device, engaged, parts)
    return parts


def _offered(state: State, person: Ints, share: float) -> float | Floats:
    """The share in which a step is done, as far as the configuration changes it."""
    steps = state.config.steps
    if steps.step_odds == 1 and not steps.confounding:
        return share
    odds = logit(share) + np.log(steps.step_odds)
    return sigmoid(odds + steps.confounding * state.population.interest[person])


def _identify(state: State, visits: Visits, engaged: Flags, parts: Parts) -> None:
    rng, m = state.rng, len(visits.person)
    person = visits.person
    is_member = state.addresses.subscribed[person] <= visits.at
    is_customer = state.purchases[person] > 0
    parts["login"] = engaged & (is_member | is_customer) & happens(rng, np.where(is_customer, 0.25, 0.08), m)
    parts["vip"] = engaged & is_customer & happens(rng, 0.05, m)
    not_subscribed = state.addresses.subscribed[person] > state.clock.end
    signs_up = engaged & not_subscribed & state.population.subscribes_on_site[person] & happens(rng, 0.5, m)
    parts["signup"] = signs_up & is_first_of(person)


def _shop(
    state: State, visits: Visits, landing_kind: Ints, device: Ints, engaged: Flags, parts: Parts
) -> None:
    """The purchase hazard: the planted odds ratios and the person's interest, nothing else."""
    rng, m = state.rng, len(visits.person)
    person = visits.person
    steps = state.config.steps
    base = logit(steps.base_purchase) + INTEREST_EFFECT * state.population.interest[person]
    odds = base
    for key, ratio in steps.purchase_odds_ratios:
        done_now = _does(parts, key)
        odds = odds + np.log(ratio) * (state.done[key][person] | done_now)
        state.done[key][person[done_now]] = True
    at_cart = landing_kind == content.CART
    odds = odds + np.log(CART_REMINDER_ODDS_RATIO) * at_cart
    is_treated = visits.at > state.assigned.treated_from[person]
    odds = odds + np.log(steps.treatment_odds_ratio) * is_treated
    odds = odds + state.interventions.log_odds(person, visits.at)
    wants = engaged & happens(rng, sigmoid(odds), m)
    on_phone = state.population.device_category[device] == MOBILE
    buys = wants & (~on_phone | happens(rng, MOBILE_CHECKOUT_SUCCESS, m))
    state.chances.add(
        m,
        person=person,
        at=visits.at,
        engaged=engaged,
        odds=base + np.log(CART_REMINDER_ODDS_RATIO) * at_cart,
        completed=np.where(on_phone, MOBILE_CHECKOUT_SUCCESS, 1.0),
        steps=sum(_does(parts, key).astype(np.int64) << bit for bit, key in enumerate(PARTS_OF)),
    )
    parts["product"] |= wants & ~at_cart
    browses = parts["product"] & ~wants & engaged
    parts["cart"] = (wants & ~at_cart) | (browses & happens(rng, 0.26, m))
    parts["see_cart"] = (parts["cart"] | at_cart) & engaged
    parts["checkout"] = wants | ((parts["cart"] | at_cart) & happens(rng, 0.12, m))
    parts["purchase"] = buys


def _does(parts: Parts, label: str) -> Flags:
    """Whether a step is done in each visit."""
    done: Flags = np.any([parts[part] for part in PARTS_OF[label] if part in parts], axis=0)
    return done
