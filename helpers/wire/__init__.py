"""The tap on the connection: relays bytes between a program and a broker and tells what it saw as events."""
