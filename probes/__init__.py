"""What the network says: measurements of devices and links."""
