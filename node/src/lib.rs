//! A networked actor system: hierarchical state machines that publish and subscribe across nodes.

extern crate self as farc;
