"""Pictures: functions from rows to Vega-Lite charts, drawn in the colours of the page."""
