//! Passwords and confirmations from a terminal or a pipe.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use secrecy::{ExposeSecret, SecretString};

use super::error::UserError;
use crate::password::Password;

/// A new password: typed twice on a terminal, without echo; otherwise the first line of standard input.
/// It is never an argument, since other users of the machine can read those.
pub(super) fn new_password() -> Result<Password, UserError> {
    let text = if io::stdin().is_terminal() { ask_twice()? } else { first_line()? };
    Ok(Password::new(text)?)
}

/// Asks for confirmation on a terminal.
pub(super) fn confirm(question: &str) -> Result<(), UserError> {
    if !io::stdin().is_terminal() {
        return Err(UserError::Unconfirmed);
    }
    write!(io::stderr(), "{question} [y/N] ")?;
    let mut reply = String::new();
    io::stdin().read_line(&mut reply).map_err(UserError::Input)?;
    let is_yes = ["y", "yes"].contains(&reply.trim().to_lowercase().as_str());
    if is_yes { Ok(()) } else { Err(UserError::Declined) }
}

fn ask_twice() -> Result<String, UserError> {
    let ask = |prompt| rpassword::prompt_password(prompt).map_err(UserError::Input);
    let first = ask("Password: ")?;
    let second = SecretString::from(ask("Repeat the password: ")?);
    if first == second.expose_secret() { Ok(first) } else { Err(UserError::PasswordsDiffer) }
}

fn first_line() -> Result<String, UserError> {
    // Enough for the longest password, one byte more and a line break; a longer one is rejected. A
    // string that grows would leave copies of the password in memory.
    let capacity = Password::MAX_LENGTH + 3;
    let mut line = String::with_capacity(capacity);
    let mut input = io::stdin().lock().take(capacity as u64);
    if input.read_line(&mut line).map_err(UserError::Input)? == 0 {
        return Err(UserError::NoPassword);
    }
    let length = line
        .strip_suffix('\n')
        .map_or(line.len(), |text| text.strip_suffix('\r').unwrap_or(text).len());
    line.truncate(length);
    Ok(line)
}
