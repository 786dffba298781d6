"""What triggers, steps, conditions and filters are called: short sentences for people, shared by every report."""
