//! What the tests of whole nodes share.
