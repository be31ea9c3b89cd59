export {}; // htmx: run by a page for what it does, and read by no other script
