"""Where the outside comes in: the live socket, HTTP, pages, and who may."""
