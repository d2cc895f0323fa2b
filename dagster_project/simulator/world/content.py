"""The shop's content: pages, products, videos and newsletters."""

from typing import Final

SITE: Final = "https://shop.example.com"
CATEGORIES: Final = ("kitchen", "garden", "office", "outdoor", "kids", "gifts")
PRODUCTS: Final = tuple(f"{category}-{number:02d}" for category in CATEGORIES for number in range(1, 5))
ARTICLES: Final = (
    "what-is-slow-living",
    "how-to-choose-a-grill",
    "desk-set-up-basics",
    "small-garden-ideas",
    "care-of-cast-iron",
    "packing-for-a-hike",
    "gift-guide",
    "our-story",
)

# Kinds of pages a visit can land on, numbered in this order.
KINDS: Final = range(13)
(
    HOME,
    ABOUT,
    BLOG,
    CATEGORY,
    PRODUCT,
    PRICING,
    FEATURES,
    CALCULATOR,
    REWARDS,
    QUICK_START,
    CART,
    OTHER,
    SURVEY,
) = KINDS
PLAIN_PAGES: Final = (
    "/",
    "/about",
    "/blog/what-is-slow-living",
    "/category/kitchen",
    "/product/kitchen-01",
    "/pricing",
    "/features",
    "/roi-calculator",
    "/rewards",
    "/quick-start",
    "/cart",
    "/forms",
    "/checkout",
    "/thank-you",
    "/account",
    "/newsletter",
    "/contest",
    "/blog/our-story",
)
_KINDS: Final = (
    ("/about", ABOUT),
    ("/blog/", BLOG),
    ("/category/", CATEGORY),
    ("/product/", PRODUCT),
    ("/pricing", PRICING),
    ("/features", FEATURES),
    ("/roi-calculator", CALCULATOR),
    ("/rewards", REWARDS),
    ("/quick-start", QUICK_START),
    ("/cart", CART),
    ("/forms/survey", SURVEY),
)


def kind_of(path: str) -> int:
    """The page kind of a path; the query string is ignored."""
    if path.partition("?")[0] == "/":
        return HOME
    return next((kind for prefix, kind in _KINDS if path.startswith(prefix)), OTHER)


# Subject, button wording, landing path. Buttons are generic in about half of the newsletters.
NEWSLETTERS: Final = (
    ("Five quiet corners for your balcony", "Read the ideas", "/blog/small-garden-ideas"),
    ("Which plan fits a household like yours? A plain comparison", "Compare the plans", "/pricing"),
    ("Autumn kitchen, sorted", "Learn more", "/category/kitchen"),
    ("What our new planner does, and how it saves you an hour a week", "See the features", "/features"),
    ("How much would you save? Work it out", "Calculate your saving", "/roi-calculator"),
    ("A desk you want to sit at", "Learn more", "/blog/desk-set-up-basics"),
    (
        "The long read: choosing a grill that will last longer than your house",
        "Read more",
        "/blog/how-to-choose-a-grill",
    ),
    ("Your rewards, explained in two minutes", "See your rewards", "/rewards"),
    ("Outdoors again", "Click here", "/category/outdoor"),
    ("Meet the people behind the shop and hear why we started ten years ago", "Read our story", "/about"),
    ("New in: gifts under 30 euros", "Browse the gifts", "/category/gifts"),
    ("Cast iron needs less care than you think", "Learn more", "/blog/care-of-cast-iron"),
    ("Office, kitchen, garden: what readers asked us this month, answered", "Learn more", "/"),
)
PROMOTIONS: Final = (
    ("15% off garden until Sunday", "Redeem 15% now", "/category/garden"),
    ("Last chance: free delivery on everything you put in your cart today", "Learn more", "/"),
    ("Kids' week starts now", "Shop kids' week", "/category/kids"),
    (
        "A gift for you with every order over 60 euros, this week only, while stocks last",
        "Click here",
        "/category/gifts",
    ),
    ("Two for one on outdoor classics", "Get two for one", "/category/outdoor"),
    ("Your early access is open", "Enter the early sale", "/category/office"),
    ("Sale ends tonight", "Shop the sale", "/"),
    ("Black week preview for subscribers", "See the preview", "/category/kitchen"),
    ("Warm up: kitchen favourites from 20 euros", "Shop favourites", "/category/kitchen"),
)
