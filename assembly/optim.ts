// In-place parameter updates.
