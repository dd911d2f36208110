"""Scenarios: assertions on a district's networks in one file, for people and for CI.

``ngbw check scenario.yaml`` reads the file (:mod:`.file_model`), fails what it says should fail,
takes the readings (:mod:`.evaluation`) and writes the outcome in any of the forms that CI systems
show (:mod:`.outputs`).
"""
