"""What a session keeps between steps: containers of variables, queues and readers."""
