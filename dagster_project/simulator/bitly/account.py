"""The account behind the token: its user, organization, group and limits."""

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from typing import Any

from dagster_project.simulator.bitly.links import GROUP, LOGIN, ORGANIZATION
from dagster_project.simulator.bitly.spans import format_instant


def user(created: datetime) -> dict[str, Any]:
    return {
        "login": LOGIN,
        "name": "Simulator shop",
        "is_active": True,
        "created": format_instant(created),
        "modified": format_instant(created),
        "is_sso_user": False,
        "emails": [{"email": "owner@shop.example.com", "is_primary": True, "is_verified": True}],
        "is_2fa_enabled": False,
        "default_group_guid": GROUP,
    }


def organizations(created: datetime, plan: str) -> dict[str, Any]:
    organization = {
        "guid": ORGANIZATION,
        "name": "Simulator shop",
        "is_active": True,
        "tier": plan,
        "tier_family": plan,
        "tier_display_name": plan.capitalize(),
        "role": "org-admin",
        "created": format_instant(created),
        "modified": format_instant(created),
        "bsds": [],
        "references": {"groups": f"https://api-ssl.bitly.com/v4/groups?organization_guid={ORGANIZATION}"},
    }
    return {"organizations": [organization]}


def group(created: datetime) -> dict[str, Any]:
    return {
        "guid": GROUP,
        "organization_guid": ORGANIZATION,
        "name": "Simulator shop",
        "created": format_instant(created),
        "modified": format_instant(created),
        "is_active": True,
        "role": "org-admin",
        "bsds": [],
        "references": {"organization": f"https://api-ssl.bitly.com/v4/organizations/{ORGANIZATION}"},
    }


def webhook(created: datetime) -> dict[str, Any]:
    return {
        "guid": "Wsim1234567",
        "name": "Clicks",
        "organization_guid": ORGANIZATION,
        "group_guid": GROUP,
        "event": "decodes",
        "url": "https://shop.example.com/hooks/bitly",
        "is_active": True,
        "status": "ACTIVE",
        "created": format_instant(created),
        "modified": format_instant(created),
        "modified_by": LOGIN,
        "deactivated": None,
        "references": {"organization": f"https://api-ssl.bitly.com/v4/organizations/{ORGANIZATION}"},
    }


def platform_limits(templates: Iterable[str], limit: int, count: Callable[[Hashable], int]) -> dict[str, Any]:
    """The limit of requests per hour and endpoint, and the count of the last hour."""
    return {
        "platform_limits": [
            {"endpoint": name, "methods": [{"name": "GET", "limit": limit, "count": count(name)}]}
            for name in templates
        ]
    }


def plan_limits(limit: int, count: int, organization: str) -> dict[str, Any]:
    calls = {"name": "api_calls", "description": "API calls per month", "limit": limit, "count": count}
    return {"organization_guid": organization, "plan_limits": [calls], "references": {}}
