"""Loading landed streams into raw tables."""
