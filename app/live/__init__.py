"""The live socket of one phone: messages in, messages out."""
