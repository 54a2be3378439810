"""What is answered at once: the knowledge base, the classes that are not dispatched, and the page for both."""
