"""How a phone comes to a seat: invitations, knocks, claims, tokens. Knows no HTTP."""
