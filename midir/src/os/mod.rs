//! Features that only some systems have.

pub mod unix;
