"""The effects planted in the world, for an analysis to recover."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

# Factor on a person's odds of a purchase in every visit after the step, permanently.
PURCHASE_ODDS_RATIOS: Final = {
    "roi_calculator_use": 3.0,
    "comparison_guide_download": 2.2,
    "product_demo_video_view": 1.6,
}
# Popular steps without an effect; prize hunters enter contests and rarely buy.
DISTRACTORS: Final = {
    "brand_story_video_view": "No effect; watched by one engaged visitor in ten, at random.",
    "contest_entry": "No effect; entered mostly by prize hunters, who have little interest in buying.",
    "case_study_download": "No effect; downloaded at random by engaged visitors.",
}
CART_REMINDER_ODDS_RATIO: Final = 3.5
MOBILE_CHECKOUT_SUCCESS: Final = 0.38
CTA_ODDS_RATIO: Final = 3.0  # the specific button against the generic one, on the click after the open
BEST_HOUR: Final = 10.0
BEST_HOUR_ODDS_RATIO: Final = 1.9
_HOUR_WIDTH: Final = 2.0
# Experiments reported by an event file. Of the second, arm B lost persons on the way.
HOLDOUT, BROKEN_TEST = "holdout", "broken_test"
HOLDOUT_SHARE: Final = 0.3
LOST_SHARE: Final = 0.2
EXPERIMENT_DAY: Final = 0.45  # of the world's days


def send_hour_logit(local_hour: Any) -> Any:
    """Log odds ratio of a human open by the recipient's local hour of the send."""
    return np.log(BEST_HOUR_ODDS_RATIO) * np.exp(-(((local_hour - BEST_HOUR) / _HOUR_WIDTH) ** 2))


def rows(ratios: Mapping[str, float]) -> list[dict[str, Any]]:
    """The table `effects`; `ratios` are the steps that change the odds of a purchase."""
    visit = "odds of a purchase in each later visit"

    def row(
        identifier: str, kind: str, key: str | None, ratio: float, scale: str, text: str
    ) -> dict[str, Any]:
        return {
            "effect_id": identifier,
            "kind": kind,
            "micro_conversion": key,
            "odds_ratio": ratio,
            "scale": scale,
            "description": text,
        }

    return [
        *(
            row(
                f"raises_{key}",
                "raises_purchase",
                key,
                ratio,
                visit,
                "Lasts from the step on; done at random by engaged visitors.",
            )
            for key, ratio in ratios.items()
        ),
        row(
            "raises_cart_recovery_click",
            "raises_purchase",
            "cart_recovery_click",
            CART_REMINDER_ODDS_RATIO,
            "odds of a purchase in the visit that follows the click",
            "A click in the cart reminder leads back to the cart.",
        ),
        *(
            row(f"distractor_{key}", "distractor", key, 1.0, visit, text)
            for key, text in DISTRACTORS.items()
            if key not in ratios
        ),
        row(
            "bottleneck_mobile_checkout",
            "bottleneck",
            "checkout_start",
            MOBILE_CHECKOUT_SUCCESS,
            "share of willing buyers on phones who get from checkout_start to purchase (else: all)",
            "Technical friction: the checkout loses most buyers on phones.",
        ),
        row(
            "ab_specific_button",
            "ab_winner",
            "email_click",
            CTA_ODDS_RATIO,
            "odds of a click after an open, B against A",
            "The button that names the action beats the generic one.",
        ),
        row(
            "ab_null",
            "ab_null",
            "email_open",
            1.0,
            "odds of an open, B against A",
            "Both subjects do equally well.",
        ),
        row(
            "send_hour",
            "send_hour",
            "email_open",
            BEST_HOUR_ODDS_RATIO,
            "odds of a human open at the best local hour (10:00) against hours far from it",
            "Weekly letters go out in four waves drawn at random per recipient, so the comparison is causal.",
        ),
    ]
