// Data movement: strided copies, gathers, concatenation.
