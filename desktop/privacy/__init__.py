"""The Privacy place: what has left this computer, what tried to, and what holds it back."""
