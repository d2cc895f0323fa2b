"""What vendors give is in a form, and as complete, as the models take it to be."""
