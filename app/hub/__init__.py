"""One Room for each open room: it takes, decides, remembers and tells. Knows no socket."""
