"""Flows as code: YAML specs to Flows API payloads and back."""

__version__ = "0.1.0"
