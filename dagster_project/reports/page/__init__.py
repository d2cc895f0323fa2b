"""The report page: one self-contained HTML file of pictures and tables over the published file."""
