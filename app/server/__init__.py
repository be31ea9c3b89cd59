"""Bytes: listening sockets, connections, requests, the control socket. Knows no session."""
