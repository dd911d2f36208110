"""The ways in: command line, library, web pages."""
