"""Links and terminals: what was heard on a link, judged by L1 to L14."""
