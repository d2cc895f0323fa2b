"""What an e-mail address is: the one definition, for masking and for the check before publishing.

`PATTERN` finds an address in the spellings in which programs pass one on: plain, with letters of any script,
percent-encoded any number of times, quoted-printable, with HTML entities, full-width, with JSON's escapes,
with a quoted local part. It is written for RE2, which DuckDB has; Python's `re` reads it too.

It takes `user@host.tld` for an address wherever it stands: the user of a URL, `git@github.com:…` and a handle
of the fediverse look the same. What has no top-level domain is none: `mari@localhost`, `@handle`,
`pkg@1.2.3`, `logo@2x.png`. Neither is what no program decodes by itself: base64, `mari (at) shop.ee`.
"""

import re

MASK = "<address>"

# What a text with an address has: one of SIGNS, or one of ESCAPES and one of CODES.
SIGNS = ("@", "＠", "﹫", "=40")
ESCAPES = ("%", "&", "\\")
CODES: tuple[str, ...] = (
    "40",
    "64",
    "65312",
    "65131",
    "commat",
    "ff20",
    "FF20",
    "fe6b",
    "FE6B",
    "bc%",
    "BC%",
    "b9%",
    "B9%",
)
CODES += ("%34%30",)

# Ends of file names, as in `logo@hero.png`, that are no top-level domains.
_IMAGES = ("apng", "avif", "bmp", "gif", "heic", "ico", "jpeg", "jpg", "png", "svg", "tif", "tiff", "webp")
_PAGES = ("cjs", "css", "eot", "htm", "html", "js", "jsx", "less", "map", "mjs", "php", "scss", "ttf", "woff")
_DOCUMENTS = (
    "csv",
    "doc",
    "docx",
    "gz",
    "json",
    "ogg",
    "otf",
    "pdf",
    "tgz",
    "tsx",
    "txt",
    "wav",
    "webm",
    "xml",
)


def _any_word_but(words: frozenset[str]) -> str:
    """A pattern of two letters or more that are none of `words`, since RE2 has no look-ahead."""
    return _any_end_but(words | {word[0] for word in words}, others="[a-z]+", may_be_empty=False)


def _any_end_but(ends: frozenset[str], others: str = "[a-z]*", may_be_empty: bool = True) -> str:
    firsts = {end[0] for end in ends if end}
    rest = "".join(letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in firsts)
    branches = [f"[{rest}]{others}"]
    branches += [
        f"{first}(?:{_any_end_but(frozenset(end[1:] for end in ends if end[:1] == first))})"
        for first in sorted(firsts)
    ]
    return "|".join([*branches, *([""] if may_be_empty and "" not in ends else [])])


# Outside ASCII: blanks, quotes, brackets and punctuation that end an address, and dots.
_ENDS = (
    "\u00a0«»\u2000-\u200a\u2018-\u201f\u2028\u2029\u202f‹›\u205f\u3000-\u3003\u3008-\u3011（），：；＜＞＠﹫"
)
_DOTS = "。．｡"

_PERCENT = "%(?:25)*"
_BACKSLASH = rf"(?:\\|{_PERCENT}5c)+"
_AMPERSAND = rf"(?:&|{_PERCENT}26|{_BACKSLASH}u0026)(?:amp(?:;|{_PERCENT}3b))*"
_HASH = f"(?:#|{_PERCENT}23)"
_SEMICOLON = f"(?:;|{_PERCENT}3b)?"

# Two hexadecimal digits: of a letter, digit, -, _ or byte of UTF-8; of what a local part may have; of what
# ends an address.
_NAME_CODES = "2d|3[0-9]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9a]|[89a-f][0-9a-f]"
_LOCAL_CODES = f"{_NAME_CODES}|2[147abe]|5e|60|7e"
_END_CODES = "[01][0-9a-f]|2[0235689cf]|3[a-f]|40|5[bcd]|7[bcdf]"

_LETTER = (
    f"{_AMPERSAND}(?:{_HASH}x0*(?:{_NAME_CODES}|[1-9a-f][0-9a-f]{{2,4}})"
    f"|{_HASH}0*(?:45|4[89]|5[0-7]|6[5-9]|[789][0-9]|[1-9][0-9]{{2,4}})"
    f"|[a-z]{{1,2}}(?:uml|acute|grave|circ|tilde|ring|cedil|slash|caron|lig)){_SEMICOLON}"
    f"|{_BACKSLASH}u(?:0[1-9a-f]|[1-9a-f][0-9a-f])[0-9a-f]{{2}}"
)
_LOCAL_CHARACTER = rf"""[^\x00-\x20"#%&'(),/:;<=>?@\[\\\]{{|}}\x7f{_ENDS}]"""
_LOCAL = (
    f"(?:{_LOCAL_CHARACTER}|{_PERCENT}(?:{_LOCAL_CODES})|{_LETTER}|{_AMPERSAND}{_HASH}(?:0*46|x0*2e){_SEMICOLON}"
    f"|{_BACKSLASH}u00(?:{_LOCAL_CODES}))"
)
_QUOTED = "|".join(
    f"{quote}{_LOCAL}(?:{inner})*{quote}"
    for quote, inner in (
        ('"', r'[^"\\\x00-\x1f]'),
        ('""', r'[^"\\\x00-\x1f]'),
        (r'(?:\\+"){1,2}', r'[^"\\\x00-\x1f]'),
        (f"(?:{_PERCENT}22){{1,2}}", rf'[^"%&\\\x00-\x20]|{_PERCENT}(?:2[013-9a-f]|[013-9a-f][0-9a-f])'),
        (f"{_AMPERSAND}(?:quot|{_HASH}(?:0*34|x0*22)){_SEMICOLON}", r'[^"&\x00-\x1f]'),
    )
)

_BYTES = "|".join(
    f"(?-i:{code.replace(' ', _PERCENT)})" for code in ("ef bc a0", "EF BC A0", "ef b9 ab", "EF B9 AB")
)
_TWICE = "%25%34%30"  # of which every character was encoded again
_AT_CODES = "(?:0040|(?-i:ff20|FF20|fe6b|FE6B))"
_AT = (
    f"(?:[@＠﹫]|=40|{_TWICE}|{_PERCENT}(?:40|u{_AT_CODES}|{_BYTES})"
    f"|{_AMPERSAND}(?:(?-i:commat)|{_HASH}(?:0*64|0*65312|0*65131|x0*40|x{_AT_CODES})){_SEMICOLON}"
    f"|{_BACKSLASH}(?:u{_AT_CODES}|x40))+"
)

_FOREIGN = (
    rf"[^\x00-\x7f{_ENDS}{_DOTS}]|{_PERCENT}(?:{_NAME_CODES})|{_LETTER}|{_BACKSLASH}u00(?:{_NAME_CODES})"
)
_NAME = f"(?:[-0-9_a-z]|{_FOREIGN})"
_DOT = (
    f"(?:[.{_DOTS}]|{_BACKSLASH}u(?:002e|3002|ff0e|ff61)|{_PERCENT}2e"
    f"|{_AMPERSAND}(?:period|{_HASH}(?:0*46|x0*2e)){_SEMICOLON})"
)
# Neither a number, as in versions, nor the density in an image's name, as in `logo@2x.min.png`: before a host
# with two further labels it is one.
_LABEL = f"(?:[-_a-z]|{_FOREIGN}|[0-9]+(?:[-_a-wyz]|{_FOREIGN}|x{_NAME})){_NAME}*"
_TOP_LEVEL = (
    rf"(?:xn--[-0-9a-z]+|[a-z]*(?:{_FOREIGN})(?:[a-z]|{_FOREIGN})*"
    rf"|(?:{_any_word_but(frozenset((*_IMAGES, *_PAGES, *_DOCUMENTS)))})(?:[0-9_]|\b))"
)
_DOMAIN = (
    f"(?:(?:(?:[0-9]+{_DOT})?{_LABEL}{_DOT}(?:{_NAME}+{_DOT})*|[0-9]+{_DOT}"
    f"|[0-9]+x{_DOT}(?:{_NAME}+{_DOT})+){_TOP_LEVEL}"
    r"|\[(?:ipv6:)?[0-9a-f.:]+\])"
)

_DELIMITER = f"{_PERCENT}(?:{_END_CODES})|{_BACKSLASH}(?:[bfnrtv]|u00(?:{_END_CODES}))"

# Group 1 or 2 is an encoded delimiter before the address, whose last letters are not the address's first.
AT = f"(?i){_AT}"
_ENCODED_AGAIN = f"(?:%[0-9a-f]{{2}})+{_TWICE}(?:%[0-9a-f]{{2}})+"
PATTERN = (
    f"(?i)(?:(?:({_DELIMITER})|)(?:{_LOCAL}+(?:['’]{_LOCAL}+)*|{_QUOTED})|({_DELIMITER})){_AT}{_DOMAIN}"
    f"|{_ENCODED_AGAIN}"
)
KEPT = r"\1\2"  # what a replacement keeps of a match

# Python's `re` can take the square of a text's length, so it reads only what is this near to an @.
_LONGEST = 400
_PYTHON_AT = re.compile(AT.replace(_BACKSLASH, r"\\"))  # the last of many is enough to find it
_PYTHON_ADDRESS = re.compile(PATTERN, re.ASCII)


def masked(text: str, mask: str = MASK) -> str:
    """The text with every address replaced."""
    parts, done = [], 0
    for at in _PYTHON_AT.finditer(text):
        if at.start() < done:
            continue
        found = _PYTHON_ADDRESS.search(text, max(done, at.start() - _LONGEST), at.end() + _LONGEST)
        if found:
            parts += [text[done : found.start()], found[1] or found[2] or "", mask]
            done = found.end()
    return "".join([*parts, text[done:]])
