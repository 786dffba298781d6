"""Plans: what to do so that an account becomes what the specs say, in the safe order, decided without side effects."""
