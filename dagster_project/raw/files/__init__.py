"""Loading landed event files into raw tables."""
