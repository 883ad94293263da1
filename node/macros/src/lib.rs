//! The attribute `#[hsm]` and the derives of farc; re-exported by the crate `farc`, never named by users.
