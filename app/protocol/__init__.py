"""What phones and the server say to each other. Source: docs/protocol.md."""
