"""What people see: maps and the words on them."""
