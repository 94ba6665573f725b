//! How an account is shown. Never with its hash.

use std::io::{self, Write};

use serde::Serialize;

use crate::domain::{Timestamp, printable, write_json_line};
use crate::store::Account;

/// The head of the table whose lines [`write_line`] writes.
pub(super) const HEAD: &str =
    "      id  created               last login            state           e-mail";

/// An account as a JSON object shows it.
#[derive(Serialize)]
struct Shown<'a> {
    id: i64,
    email: &'a str,
    is_admin: bool,
    disabled: bool,
    has_password: bool,
    created_at: String,
    changed_at: String,
    last_login_at: Option<String>,
}

/// Writes one account to standard output: as JSON, or as a sentence about what was done.
pub(super) fn tell(account: &Account, json: bool, done: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    if json {
        return write_json(&mut output, account);
    }
    let user = &account.user;
    writeln!(output, "{done} user {}, {}", user.id, printable(user.email.as_str()))
}

/// Writes one account as a JSON object on a line of its own.
pub(super) fn write_json(output: &mut impl Write, account: &Account) -> io::Result<()> {
    let shown = Shown {
        id: account.user.id.0,
        email: account.user.email.as_str(),
        is_admin: account.user.is_admin,
        disabled: account.disabled,
        has_password: !account.password_hash.is_none(),
        created_at: account.created_at.to_string(),
        changed_at: account.changed_at.to_string(),
        last_login_at: account.last_login_at.map(|at| at.to_string()),
    };
    write_json_line(output, &shown)
}

/// Writes one account as a line of a table. The address is its last column, for it has no width
/// that is known before all of them are.
pub(super) fn write_line(output: &mut impl Write, account: &Account) -> io::Result<()> {
    let user = &account.user;
    let created = to_the_second(account.created_at);
    let login = account.last_login_at.map_or_else(|| "never".to_owned(), to_the_second);
    let state = state(account);
    let email = printable(user.email.as_str());
    writeln!(output, "{:>8}  {created:20}  {login:20}  {state:14}  {email}", user.id)
}

/// Writes all that is known of an account, a line each.
pub(super) fn write_sheet(output: &mut impl Write, account: &Account) -> io::Result<()> {
    let login = account.last_login_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    writeln!(output, "id          {}", account.user.id)?;
    writeln!(output, "e-mail      {}", printable(account.user.email.as_str()))?;
    writeln!(output, "state       {}", state(account))?;
    let password = if account.password_hash.is_none() { "none" } else { "set" };
    writeln!(output, "password    {password}")?;
    writeln!(output, "created     {}", account.created_at)?;
    writeln!(output, "changed     {}", account.changed_at)?;
    writeln!(output, "last login  {login}")
}

fn state(account: &Account) -> &'static str {
    match (account.user.is_admin, account.disabled) {
        (false, false) => "active",
        (true, false) => "admin",
        (false, true) => "disabled",
        (true, true) => "disabled admin",
    }
}

fn to_the_second(time: Timestamp) -> String {
    Timestamp::from_seconds(time.seconds()).to_string()
}
