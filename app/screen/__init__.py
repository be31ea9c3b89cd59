"""What a phone is told and shown."""
