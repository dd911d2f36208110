"""What a device says, read from its MIBs: pure functions from a view to records.

No function raises for what a device said, guesses, or fills a gap with zero.
"""
