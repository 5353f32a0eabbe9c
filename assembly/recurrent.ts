// Recurrent cells and their time loops.
