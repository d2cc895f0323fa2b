"""Every landed record is loaded, and every loaded event reaches the marts."""
