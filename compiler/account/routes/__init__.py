"""The account's routes, one module a family of resources; ``registry`` gathers them."""
