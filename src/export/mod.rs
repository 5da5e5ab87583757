//! What leaves the program: pictures and films that remember where they came from, and the model itself.
