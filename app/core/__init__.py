"""The rules of a session. Pure: no I/O, no clock, no chance; every function of its arguments."""
