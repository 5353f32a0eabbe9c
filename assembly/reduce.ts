// Reductions over rows and columns.
