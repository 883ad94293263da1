//! Programs written with farc: one file an example, each runnable.
