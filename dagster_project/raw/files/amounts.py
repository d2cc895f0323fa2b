"""SQL of amounts as exports write them: with signs of their country, and with their currency."""

from dagster_project.raw.sql import literal
from dagster_project.sources.event_files.file_format import FileFormat

CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
    "GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW "
    "KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD "
    "NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD "
    "SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND "
    "VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"
)
# What people write for a currency in place of its code, and which it can be.
WORDS = {
    **dict.fromkeys(("euros", "euro"), "EUR"),
    **dict.fromkeys(("zł", "zl"), "PLN"),
    **dict.fromkeys(("lei", "leu"), "RON MDL"),
    **{"kr": "SEK NOK DKK ISK", "kč": "CZK", "ft": "HUF", "лв": "BGN", "руб": "RUB BYN", "грн": "UAH"},
    **{"fr": "CHF XAF XOF XPF DJF GNF RWF BIF KMF CDF", "sfr": "CHF", "rm": "MYR"},
    "rs": "INR PKR LKR NPR MUR SCR",
}
NAME = rf"(?:{'|'.join([*CODES.split(), *WORDS])})\.?"
# At either end of an amount, with a sign or a bracket; signs of currencies anywhere, as in US$5.
NAME_BEFORE, NAME_BEHIND = rf"(?i)^([-+(]?) ?{NAME} ?", rf"(?i) ?{NAME} ?([-)]?)$"
WORD = r"(\p{L}+\$?)"
SIGN = r"(?:\b[A-Za-z]{1,3})?\p{Sc} ?"
CODE = f"({'|'.join(CODES.split())})"
CODE_BEFORE, CODE_BEHIND = rf"(?i)^\W*{CODE}\W*[0-9]", rf"(?i)[0-9]\W*{CODE}\W*$"
DOLLARS = {
    **dict.fromkeys(("A$", "AU$"), "AUD"),
    **dict.fromkeys(("C$", "CA$"), "CAD NIO"),
    **{"US$": "USD", "HK$": "HKD", "NZ$": "NZD", "NT$": "TWD", "S$": "SGD", "R$": "BRL", "MX$": "MXN"},
}
# What signs of currencies stand for; others say nothing.
SIGNS = {
    "€": "EUR",
    "£": "GBP GIP FKP SHP EGP LBP SYP SDG SSP",
    "¥": "JPY CNY",
    "$": "USD AUD CAD NZD SGD HKD TWD MXN ARS CLP COP BRL UYU BBD BMD BSD BZD FJD JMD KYD NAD TTD XCD",
}
# Blanks of all widths.
BLANKS = r"[\s\x{00A0}\x{202F}\x{2009}]+"
# (5,00) and 5,00- are negative in accounts; 5,- has no cents.
IN_BRACKETS = r"^\((.*)\)$|^([^-]+)-$"
NO_CENTS = r"([0-9])[.,][-\x{2013}\x{2014}]+"


def amount(text: str, currency: str, rules: FileFormat, is_number: str | None = None) -> str:
    """SQL of an amount in units of its currency; null for a text that is none.

    `is_number` is SQL that is true where the file has a number, which the signs of the feed's texts say
    nothing of.
    """
    plain = _plain_amount(text, rules)
    if has_signs(rules):
        plain = f"case when not {contradicts(text, currency)} then {plain} end"
    number = (
        f"try_cast({f'case when {is_number} then {text} else {plain} end' if is_number else plain} as double)"
    )
    if not rules.scale:
        return number
    others = rules.scale[""]
    cases = " ".join(
        f"when {literal(code)} then {factor!r}::double" for code, factor in rules.scale.items() if code
    )
    of_row = f"upper({currency_of(text, currency, rules)})"
    factor = f"case {of_row} {cases} else {others!r}::double end" if cases else f"{others!r}::double"
    # the product of 4990 and 0.01 is not 49.9 to the last bit
    return f"round({number} * {factor}, 9)"


def has_signs(rules: FileFormat) -> bool:
    return rules.decimal is not None or rules.thousands is not None


def currency_of(text: str, currency: str, rules: FileFormat) -> str:
    """SQL of the currency that the row says, else of the code in its amount, or the sign of the euro."""
    if not has_signs(rules):
        return currency
    named = f"coalesce({_code(text)}, case when contains({text}, '€') then 'EUR' end)"
    return f"coalesce({currency}, case when not ({_is_bare(text)}) then {named} end)"


def contradicts(text: str, currency: str) -> str:
    """SQL that is true for an amount with two codes, or one or a sign of another currency than its row's."""
    said = f"regexp_extract(lower({text}), {literal(WORD)}, 1)"
    # lists and no `in`: the engine would look every row up, not those with a word or a sign alone
    words = ", ".join(f"{literal(word.lower())}: {_list(named)}" for word, named in (WORDS | DOLLARS).items())
    signs = " ".join(
        f"when contains({text}, {literal(sign)}) then {_list(named)}" for sign, named in SIGNS.items()
    )
    named = f"coalesce(map {{{words}}}[{said}], case {signs} end)"
    is_other = f"coalesce({_code(text)} <> upper({currency}), not list_contains({named}, upper({currency})))"
    # EUR 5 USD
    contradicts_itself = f"coalesce({' <> '.join(_codes(text))}, false)"
    is_other = f"{contradicts_itself} or case when {currency} is not null then {is_other} end"
    return f"coalesce(case when not ({_is_bare(text)}) then {is_other} end, false)"


def _list(codes: str) -> str:
    return f"[{', '.join(map(literal, codes.split()))}]"


def _code(text: str) -> str:
    return f"coalesce({', '.join(_codes(text))})"


def _codes(text: str) -> list[str]:
    """SQL of the codes before and behind an amount."""
    places = (CODE_BEFORE, CODE_BEHIND)
    return [f"nullif(upper(regexp_extract({text}, {literal(place)}, 1)), '')" for place in places]


def _is_bare(text: str) -> str:
    """SQL that is true for nearly every amount: digits at both ends, and so nothing of a currency."""
    return f"{text}[1] between '0' and '9' and {text}[-1] between '0' and '9'"


def _plain_amount(text: str, rules: FileFormat) -> str:
    """SQL of an amount as SQL writes numbers, by the signs that the feed names."""
    if not has_signs(rules):
        return text
    decimal, thousands = rules.decimal or ".", rules.thousands or ""
    typed = f"replace(replace({text}, chr(8722), '-'), chr(8217), chr(39))"
    typed = f"regexp_replace({typed}, {literal(BLANKS)}, ' ', 'g')"
    bare = f"case when {_is_bare(text)} then {typed} else {_without_currency(typed)} end"
    sign, point = (f"\\x{{{ord(one):x}}}" if one else "" for one in (thousands, decimal))
    # two digits a group where lakhs are counted
    groups = rf"[0-9]{{1,3}}(?:{sign}[0-9]{{3}})+|[0-9]{{1,2}}(?:{sign}[0-9]{{2}})+{sign}[0-9]{{3}}|"
    shape = rf"[+-]?(?:{groups if thousands else ''}[0-9]+)(?:{point}[0-9]+)?|[+-]?{point}[0-9]+"
    plain = f"replace({bare}, {literal(thousands)}, '')" if thousands else bare
    plain = f"replace({plain}, {literal(decimal)}, '.')" if decimal != "." else plain
    return f"case when regexp_full_match({bare}, {literal(shape)}) then {plain} end"


def _without_currency(text: str) -> str:
    for pattern, left, options in (
        (SIGN, "", "g"),
        (NAME_BEFORE, r"\1", ""),
        (NAME_BEHIND, r"\1", ""),
        (NO_CENTS, r"\1", ""),
    ):
        text = f"trim(regexp_replace({text}, {literal(pattern)}, {literal(left)}, {literal(options)}))"
    is_negative = f"regexp_matches({text}, {literal(IN_BRACKETS)})"
    return f"case when {is_negative} then '-' || trim(translate({text}, '()-', '')) else {text} end"
