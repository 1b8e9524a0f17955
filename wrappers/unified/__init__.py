"""One observation and one action space over worlds of any family."""
