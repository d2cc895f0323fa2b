{#-
    The event contracts by source. Generated from `config.meta.event_source` in the yml files of the models
    `stg_<source>__events` by `python -m dagster_project.runtime.event_contracts`: change them and run it again.
-#}
{% macro event_contracts() -%}
{{ return({
    "event_files": {
        "partition_streams": "feeds",
        "records": [
            {
                "model": "stg_event_files__record_keys",
                "key": [
                    "feed",
                    "natural_key",
                    "ordinal"
                ]
            }
        ],
        "identifiers": {
            "stg_event_files__rows": {
                "contact_key": "contact_key",
                "user_id": "user_id",
                "client_id": "client_id",
                "order_id": "order_id"
            }
        },
        "evidence": {
            "client_id+user_id": "event_kinds",
            "client_id+contact_key": "event_kinds",
            "user_id+contact_key": "event_kinds"
        },
        "person_actions": "event_kinds",
        "orders": "shop",
        "properties_require": "none",
        "landing_page_views": "none",
        "machine_rules": "machine_rules",
        "repeated_hours": "none",
        "vendor_totals": "none",
        "data_quality": "none",
        "deal_stages": "none",
        "email": {
            "events": {
                "send": [
                    "send"
                ],
                "delivered": [
                    "delivered"
                ],
                "open": [
                    "open",
                    "view"
                ],
                "click": [
                    "click"
                ],
                "bounce": [
                    "bounce",
                    "hard_bounce",
                    "soft_bounce"
                ],
                "complaint": [
                    "complaint"
                ],
                "unsubscribe": [
                    "unsubscribe",
                    "optout"
                ]
            },
            "machine_evidence": "columns",
            "opens_observable": "stg_event_files__open_evidence",
            "campaigns": "none",
            "campaign_mentions": "stg_event_files__campaigns",
            "campaign_slugs": "none",
            "campaign_costs": "none",
            "emails": "none",
            "email_names": "none",
            "email_links": "none",
            "contacts": "none"
        }
    },
    "google_analytics": {
        "partition_streams": [
            "events",
            "event_attributes",
            "event_parameters",
            "google_analytics_export.events"
        ],
        "records": [
            {
                "model": "stg_google_analytics__hits",
                "key": [
                    "client_id",
                    "ga_session_id",
                    "occurred_at",
                    "rejected_hit_key",
                    "event_name",
                    "page"
                ]
            }
        ],
        "identifiers": {
            "stg_google_analytics__hits": {
                "contact_key": "contact_key",
                "client_id": "client_id"
            },
            "stg_google_analytics__event_attributes": {
                "client_id": "client_id",
                "order_id": "transaction_id"
            },
            "stg_google_analytics__event_parameters": {
                "client_id": "client_id"
            }
        },
        "evidence": {
            "client_id+contact_key": "event_kinds"
        },
        "person_actions": "event_kinds",
        "orders": "tracking",
        "properties_require": "client_id",
        "landing_page_views": [
            "page_view"
        ],
        "machine_rules": "none",
        "repeated_hours": "none",
        "vendor_totals": {
            "days": {
                "model": "stg_google_analytics__day_totals",
                "columns": {
                    "events": "event_count",
                    "purchase": "transactions"
                }
            }
        },
        "data_quality": "stg_google_analytics__data_quality",
        "deal_stages": "none",
        "email": "none"
    },
    "google_analytics_export": {
        "partition_streams": [
            "events"
        ],
        "records": [
            {
                "model": "stg_google_analytics_export__hits",
                "key": [
                    "event_key",
                    "event_partition"
                ]
            }
        ],
        "identifiers": {
            "stg_google_analytics_export__hits": {
                "contact_key": "contact_key",
                "user_id": "user_id",
                "client_id": "client_id",
                "order_id": "transaction_id"
            }
        },
        "evidence": {
            "client_id+user_id": "event_kinds",
            "client_id+contact_key": "event_kinds",
            "user_id+contact_key": "event_kinds"
        },
        "person_actions": "event_kinds",
        "orders": "tracking",
        "properties_require": "none",
        "landing_page_views": [
            "page_view"
        ],
        "machine_rules": "none",
        "repeated_hours": "none",
        "vendor_totals": {
            "days": {
                "model": "stg_google_analytics_export__day_totals",
                "columns": {
                    "events": "event_count",
                    "purchase": "transactions"
                }
            }
        },
        "data_quality": "stg_google_analytics_export__data_quality",
        "deal_stages": "none",
        "email": "none"
    },
    "hubspot": {
        "partition_streams": [
            "email_events",
            "subscription_changes",
            "incoming_emails",
            "contacts",
            "deals"
        ],
        "records": [
            {
                "model": "stg_hubspot__email_events",
                "key": [
                    "hubspot_event_id",
                    "created"
                ]
            },
            {
                "model": "stg_hubspot__crm_events",
                "key": [
                    "event_key"
                ]
            }
        ],
        "identifiers": {
            "stg_hubspot__email_events": {
                "contact_key": "contact_key"
            },
            "stg_hubspot__identifiers": {
                "contact_key": "contact_key",
                "user_id": "user_id",
                "order_id": "order_id"
            }
        },
        "evidence": {
            "user_id+contact_key": "declared"
        },
        "person_actions": "event_kinds",
        "orders": "crm",
        "properties_require": "none",
        "landing_page_views": "none",
        "machine_rules": "machine_rules",
        "repeated_hours": "none",
        "vendor_totals": {
            "campaigns": {
                "model": "stg_hubspot__campaign_totals",
                "columns": {
                    "sent": "sent_count",
                    "delivered": "delivered_count",
                    "bounced": "bounce_count",
                    "complained": "spamreport_count"
                }
            }
        },
        "data_quality": "stg_hubspot__data_quality",
        "deal_stages": "stg_hubspot__pipeline_stages",
        "email": {
            "events": {
                "send": [
                    "SENT"
                ],
                "delivered": [
                    "DELIVERED"
                ],
                "open": [
                    "OPEN"
                ],
                "click": [
                    "CLICK"
                ],
                "bounce": [
                    "BOUNCE"
                ],
                "complaint": [
                    "SPAMREPORT"
                ],
                "unsubscribe": [
                    "UNSUBSCRIBED"
                ]
            },
            "machine_evidence": "properties",
            "opens_observable": "yes",
            "campaigns": "stg_hubspot__campaigns",
            "campaign_mentions": "none",
            "campaign_slugs": "stg_hubspot__campaign_slugs",
            "campaign_costs": "stg_hubspot__campaign_costs",
            "emails": "stg_hubspot__campaigns",
            "email_names": "stg_hubspot__campaigns",
            "email_links": "none",
            "contacts": "stg_hubspot__contact_states"
        }
    },
    "smaily": {
        "partition_streams": [
            "actions"
        ],
        "records": [
            {
                "model": "stg_smaily__actions",
                "key": [
                    "seq_id",
                    "account"
                ]
            }
        ],
        "identifiers": {
            "stg_smaily__actions": {
                "contact_key": "contact_key"
            }
        },
        "evidence": "none",
        "person_actions": "event_kinds",
        "orders": "none",
        "properties_require": "none",
        "landing_page_views": "none",
        "machine_rules": "machine_rules",
        "repeated_hours": {
            "days": "stg_smaily__repeated_hours",
            "events": "stg_smaily__ambiguous_actions"
        },
        "vendor_totals": {
            "campaigns": {
                "model": "stg_smaily__campaign_totals",
                "forwards": "forward_count",
                "columns": {
                    "sent": "total_count",
                    "delivered": "delivered_count",
                    "bounced": "bounce_count",
                    "openers": "opened_count",
                    "opens": "view_count",
                    "clickers": "unique_click_count",
                    "clicks": "click_count",
                    "unsubscribed": "unsubscribe_count",
                    "complained": "complaint_count"
                }
            }
        },
        "data_quality": "none",
        "deal_stages": "none",
        "email": {
            "events": {
                "send": [
                    "send"
                ],
                "open": [
                    "view"
                ],
                "click": [
                    "click"
                ],
                "bounce": [
                    "bounce"
                ],
                "complaint": [
                    "complaint"
                ],
                "unsubscribe": [
                    "optout"
                ]
            },
            "machine_evidence": "properties",
            "opens_observable": "yes",
            "campaigns": "stg_smaily__all_campaigns",
            "campaign_mentions": "none",
            "campaign_slugs": "stg_smaily__campaign_slugs",
            "campaign_costs": "none",
            "emails": "stg_smaily__emails",
            "email_names": "stg_smaily__email_variants",
            "email_links": "stg_smaily__email_links",
            "contacts": "stg_smaily__contacts"
        }
    },
    "trustpilot": {
        "partition_streams": [
            "reviews"
        ],
        "records": [
            {
                "model": "stg_trustpilot__reviews",
                "key": [
                    "review_id",
                    "version"
                ]
            }
        ],
        "identifiers": {
            "stg_trustpilot__reviews": {
                "contact_key": "contact_key"
            }
        },
        "evidence": "none",
        "person_actions": "event_kinds",
        "orders": "none",
        "properties_require": "none",
        "landing_page_views": "none",
        "machine_rules": "none",
        "repeated_hours": "none",
        "vendor_totals": "none",
        "data_quality": "stg_trustpilot__data_quality",
        "deal_stages": "none",
        "email": "none"
    }
}) }}
{%- endmacro %}
