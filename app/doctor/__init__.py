"""`saywhen doctor`: what may keep two phones from this server, and what to do about each."""
