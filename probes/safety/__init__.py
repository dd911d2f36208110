"""What probes may touch, and how they keep what must stay secret."""

from __future__ import annotations

from .allowed_networks import AllowedNetworks, Target
from .sealed_secrets import Secret, SecretStore, new_key, read_secret

__all__ = ["AllowedNetworks", "Secret", "SecretStore", "Target", "new_key", "read_secret"]
