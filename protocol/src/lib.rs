//! What two farc nodes say to each other, without I/O, clock, threads or async runtime.
