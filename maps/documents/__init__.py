"""What people take away from a plan: report, survey sheets, curve and map as files."""
