//! What two farc nodes say to each other, without I/O, clock, threads or async runtime.

pub mod close;
pub mod codec;
pub mod frame;
pub mod json;
pub mod life;
pub mod limits;
pub mod name;
pub mod schema;
pub mod session;
pub mod varint;
