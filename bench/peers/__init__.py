"""What others would do between two phones: pass each message on. Nothing is decided or stored."""
