"""Who may do what: people and keys, roles, sign-in, limits, and a log of what was done.

Everything is denied unless an endpoint says which permission it takes (:func:`.permit.permit`);
a test walks every route of the application and fails on one that does not.
"""
