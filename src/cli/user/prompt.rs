//! Passwords and confirmations, from a terminal or from a pipe.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use secrecy::{ExposeSecret, SecretString};

use super::error::UserError;
use crate::password::Password;

/// Asks twice on a terminal, without showing what is typed; otherwise standard input has the
/// password in its first line. Never an argument, which everybody on a machine can see.
pub(super) fn new_password() -> Result<Password, UserError> {
    let text = if io::stdin().is_terminal() { ask_twice()? } else { first_line()? };
    Ok(Password::new(text)?)
}

/// Asks on a terminal whether to go on.
pub(super) fn confirm(question: &str) -> Result<(), UserError> {
    if !io::stdin().is_terminal() {
        return Err(UserError::Unconfirmed);
    }
    write!(io::stderr(), "{question} [y/N] ")?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(UserError::Input)?;
    let is_yes = ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
    if is_yes { Ok(()) } else { Err(UserError::Declined) }
}

fn ask_twice() -> Result<String, UserError> {
    let ask = |prompt| rpassword::prompt_password(prompt).map_err(UserError::Input);
    let first = ask("Password: ")?;
    let second = SecretString::from(ask("The same again: ")?);
    if first == second.expose_secret() { Ok(first) } else { Err(UserError::PasswordsDiffer) }
}

fn first_line() -> Result<String, UserError> {
    // Room for the longest password and its line break; what is longer is refused as too long. A
    // text that grew by and by would leave parts of the password behind.
    let room = Password::MAX_LENGTH + 3;
    let mut line = String::with_capacity(room);
    let mut input = io::stdin().lock().take(room as u64);
    if input.read_line(&mut line).map_err(UserError::Input)? == 0 {
        return Err(UserError::NoPassword);
    }
    let length = line
        .strip_suffix('\n')
        .map_or(line.len(), |text| text.strip_suffix('\r').unwrap_or(text).len());
    line.truncate(length);
    Ok(line)
}
