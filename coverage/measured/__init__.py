"""What receivers measured, and how far predictions were off."""
