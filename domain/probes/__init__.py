"""Probes: independent looks at reality that agree or disagree with what is claimed, and what they come to together."""
