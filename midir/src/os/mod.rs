//! What some systems have and others have not.

pub mod unix;
