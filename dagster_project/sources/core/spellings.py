"""The one spelling of an e-mail address of which its contact key is made, however systems write the address.

`plain` makes it in Python, `raw/sql.py` in SQL by the same steps, a snippet of README.md on web pages: all
three must agree, or a visit does not meet its e-mails.
"""

import re
import unicodedata

# What JavaScript's trim removes, and characters that show nothing and stand in no address.
_BLANK = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_INVISIBLE = "\u00ad\u200b\u200e\u200f\u2060\ufeff"

# Pattern and replacement, in this order, for a text in Unicode's form NFC; both RE2 and Python read them.
STEPS = (
    (f"[{_INVISIBLE}]", ""),
    # "Mari Maasikas" <mari@shop.ee>
    ("(?s)^[^<>]*<([^<>]*@[^<>]*)>.*$", r"\1"),
    (f"(?is)^[{_BLANK}]*mailto:([^?]*)(?:[?].*)?$", r"\1"),
    (f"^[{_BLANK}<({{]+", ""),
    # A quote that closes nothing before the @ is not of a quoted local part.
    ("""^["']([^"']*@)""", r"\1"),
    (f"""[{_BLANK}.,;:!?<>(){{}}"']+$""", ""),
)
# In lower case, which is not alike everywhere: a capital I with a dot, and sigma at the end of a word.
LOWERED = (("İ", "i"), ("ς", "σ"))
_STEPS = [(re.compile(pattern), replacement) for pattern, replacement in STEPS]


def plain(text: str) -> str | None:
    """The address in its one spelling; None for a text without an @, which is no address."""
    text = unicodedata.normalize("NFC", text)
    for pattern, replacement in _STEPS:
        text = pattern.sub(replacement, text)
    (capital, small), (final, sigma) = LOWERED
    text = text.replace(capital, small).lower().replace(final, sigma)
    return text if "@" in text else None
