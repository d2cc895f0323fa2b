"""Findings over the published file."""
