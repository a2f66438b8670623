"""Brings everything the workbook needs onto the machine, once: the environment, the brokers, the caches."""
