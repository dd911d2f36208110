"""Messages about alarms: who is told, in which words, over which channel."""
