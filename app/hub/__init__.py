"""One Room for each open room: takes commands, decides, records, tells. Knows no socket."""
