"""Landed streams into raw tables."""
