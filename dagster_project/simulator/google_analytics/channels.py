"""Google's default channel grouping, for the channels of this world."""

from typing import Final

CHANNEL_GROUP: Final = """case
    when session_source = '(direct)' and session_medium in ('(none)', '(not set)') then 'Direct'
    when regexp_matches(session_source, '^(google|bing|yahoo|duckduckgo)$')
        and regexp_matches(session_medium, '^(.*cp.*|ppc|retargeting|paid.*)$') then 'Paid Search'
    when regexp_matches(session_source, '(facebook|instagram|linkedin|t\\.co)')
        and regexp_matches(session_medium, '^(.*cp.*|ppc|retargeting|paid.*)$') then 'Paid Social'
    when regexp_matches(session_source, '(facebook|instagram|linkedin|t\\.co)')
        or session_medium in
        ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media')
        then 'Organic Social'
    when session_medium = 'organic' then 'Organic Search'
    when session_source in ('email', 'e-mail', 'e_mail', 'e mail')
        or session_medium in ('email', 'e-mail', 'e_mail', 'e mail') then 'Email'
    when session_medium = 'affiliate' then 'Affiliates'
    when session_medium in ('referral', 'app', 'link') then 'Referral'
    when session_medium = 'sms' or session_source = 'sms' then 'SMS'
    else 'Unassigned'
end"""
