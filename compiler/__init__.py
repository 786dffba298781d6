"""Flows as code: YAML specs to Flows API payloads and back."""
