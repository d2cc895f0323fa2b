"""Mappings that fit nothing: columns without a value, events with revenue that no rule matches."""
