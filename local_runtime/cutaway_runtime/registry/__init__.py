"""Which checkpoints this machine has, where they came from, and under what terms. Never imports torch."""
