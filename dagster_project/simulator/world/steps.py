"""The hits that a visit can consist of, in their possible order."""

from dataclasses import dataclass
from typing import Final

from dagster_project.simulator.world import content

# Pages that depend on the visit, not on the step.
LANDING, ITS_CATEGORY, ITS_PRODUCT, ITS_ARTICLE = "landing", "category", "product", "article"


@dataclass(frozen=True)
class Step:
    """One hit. `part` is the visitor's activity; steps of one part stay together.

    `page` is a path or one of the four above. `is_view_of` is the page kind whose landing already is this
    page_view. `seconds` is the median time since the previous hit.
    """

    part: str
    event: str
    page: str
    micro: str | None = None
    seconds: float = 12.0
    is_view_of: int | None = None
    file_name: str | None = None
    video_title: str | None = None
    method: str | None = None
    form_id: str | None = None

    @property
    def link_url(self) -> str | None:
        return f"{content.SITE}/files/{self.file_name}" if self.file_name else None


def _view(part: str, page: str, kind: int | None, micro: str | None, seconds: float = 25.0) -> Step:
    return Step(part, "page_view", page, micro, seconds, kind)


def _form(form_id: str, micro: str) -> Step:
    return Step(form_id, "form_submit", "/forms", micro, 45.0, form_id=form_id)


def _file(part: str, page: str, name: str, micro: str) -> Step:
    return Step(part, "file_download", page, micro, 20.0, file_name=name)


STORY: Final = "/blog/our-story"
STEPS: Final = (
    Step("arrive", "session_start", LANDING, seconds=0.0),
    Step("first", "first_visit", LANDING, seconds=0.0),
    Step("arrive", "page_view", LANDING, seconds=0.0),
    Step("login", "login", "/account", seconds=20.0, method="password"),
    _view("about", "/about", content.ABOUT, "about_page_visit"),
    _view("blog", ITS_ARTICLE, content.BLOG, None),
    Step("read", "scroll", ITS_ARTICLE, "foundational_blog_read", 70.0),
    Step("story_video", "video_start", STORY, "brand_story_video_view", 15.0, video_title="Our brand story"),
    Step("story_video_end", "video_complete", STORY, "video_completion", 95.0, video_title="Our brand story"),
    _view("category", ITS_CATEGORY, content.CATEGORY, "category_page_visit"),
    Step("category", "view_item_list", ITS_CATEGORY, "category_page_visit", 0.4),
    _view("product", ITS_PRODUCT, content.PRODUCT, "product_page_visit"),
    Step("product", "view_item", ITS_PRODUCT, "product_page_visit", 0.4),
    _view("rewards", "/rewards", content.REWARDS, None),
    _view("quick_start", "/quick-start", content.QUICK_START, None),
    Step("quick_start", "tutorial_begin", "/quick-start", "onboarding_tutorial_click", 8.0),
    _view("features", "/features", content.FEATURES, "feature_page_visit"),
    Step("explore", "select_content", "/features", "interactive_content_engagement", 18.0),
    Step(
        "demo_video", "video_start", "/features", "product_demo_video_view", 15.0, video_title="Product demo"
    ),
    Step(
        "demo_video_end", "video_complete", "/features", "video_completion", 110.0, video_title="Product demo"
    ),
    Step("tips_video", "video_start", ITS_PRODUCT, "video_view", 15.0, video_title="Care tips"),
    _file("guide", "/features", "comparison-guide.pdf", "comparison_guide_download"),
    _file("case", "/features", "case-study-saar.pdf", "case_study_download"),
    _file("brochure", "/about", "catalogue-2026.pdf", "resource_download"),
    _view("pricing", "/pricing", content.PRICING, "pricing_page_visit"),
    _view("calculator", "/roi-calculator", content.CALCULATOR, "roi_calculator_use"),
    Step("calculate", "calculator_complete", "/roi-calculator", "roi_calculator_use", 60.0),
    Step("contest", "form_submit", "/contest", "contest_entry", 40.0, form_id="contest"),
    _form("survey", "survey_completion"),
    _form("assessment", "solution_assessment_completion"),
    _form("preference_survey", "preference_survey_completion"),
    _form("webinar", "webinar_registration"),
    _form("contact", "form_submission"),
    Step("comment", "form_submit", ITS_ARTICLE, "blog_comment", 90.0, form_id="comment"),
    Step(
        "information", "generate_lead", "/forms", "information_request", 60.0, form_id="information_request"
    ),
    Step("demo", "generate_lead", "/pricing", "demo_request", 60.0, form_id="demo"),
    Step("signup", "sign_up", "/newsletter", "newsletter_signup", 25.0, method="newsletter"),
    Step("wishlist", "add_to_wishlist", ITS_PRODUCT, "wishlist_add", 15.0),
    Step("vip", "select_promotion", ITS_PRODUCT, "exclusive_offer_redemption", 15.0),
    Step("cart", "add_to_cart", ITS_PRODUCT, "cart_add", 30.0),
    _view("see_cart", "/cart", content.CART, None, 8.0),
    _view("checkout", "/checkout", None, None, 20.0),
    Step("checkout", "begin_checkout", "/checkout", "checkout_start", 0.5),
    _view("purchase", "/thank-you", None, None, 120.0),
    Step("purchase", "purchase", "/thank-you", "purchase", 0.3),
    Step("stay", "user_engagement", LANDING, None, 12.0),
)
# The parts of a visit that are each step; one of them is enough.
PARTS_OF: Final = {
    label: tuple(dict.fromkeys(step.part for step in STEPS if step.micro == label))
    for label in sorted({step.micro for step in STEPS if step.micro})
}
# Parts whose order differs between visits; the others keep their position before or after these.
SHUFFLED: Final = (
    ("about",),
    ("blog", "read", "comment"),
    ("story_video", "story_video_end"),
    ("category", "product", "tips_video"),
    ("rewards",),
    ("quick_start",),
    ("features", "explore", "demo_video", "demo_video_end"),
    ("guide", "case", "brochure"),
    ("pricing",),
    ("calculator", "calculate"),
    ("contest", "survey", "assessment", "preference_survey", "webinar", "contact"),
)
