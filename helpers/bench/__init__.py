"""The lab bench: runs a program against a lab while faults are injected, and says what was lost and why."""
