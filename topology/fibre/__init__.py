"""Fibre and what stands in for it: routes along streets, rings, budgets, shared segments, hops."""
