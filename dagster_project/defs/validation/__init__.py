"""The questions of each morning, as asset checks: a module per kind of question, asked in one step."""
