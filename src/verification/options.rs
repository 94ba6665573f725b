//! Whether e-mail addresses have to be verified.

/// Whether the e-mail address of a user has to be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailVerification {
    /// It is not: no link is sent by itself.
    Off,
    /// A registration sends a link, and the user may log in without having opened it.
    Optional,
    /// A registration sends a link, and the user may log in once it was opened.
    Required,
}
