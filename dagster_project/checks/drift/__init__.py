"""Volumes and late events against their own history; what restatement changed."""
