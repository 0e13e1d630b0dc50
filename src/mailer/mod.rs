//! What delivers mail: a bounded queue in front of a mail server, or of the terminal.

pub mod queue;
pub mod smtp;
pub mod terminal;
