"""Audiences as files that an e-mail service imports: the one place where addresses leave the warehouse."""
