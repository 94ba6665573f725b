//! Output formats of an account. None shows its password hash.

use std::io::{self, Write};

use crate::accounts::UserJson;
use crate::domain::{Timestamp, printable, write_json_line};
use crate::store::Account;

/// The header of the table of [`write_table_row`].
pub(super) const TABLE_HEADER: &str =
    "      id  created               last login            status          e-mail";

/// Prints the result of a command on standard output: the account as JSON, or a sentence.
pub(super) fn print_result(account: &Account, json: bool, done: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    if json {
        return write_json(&mut output, account);
    }
    let user = &account.user;
    writeln!(output, "{done} user {}, {}", user.id, printable(user.email.as_str()))
}

/// Writes an account as a line of JSON.
pub(super) fn write_json(output: &mut impl Write, account: &Account) -> io::Result<()> {
    write_json_line(output, &UserJson::from(account))
}

/// Writes an account as a row of a table. The e-mail address is the last column, since its width
/// varies.
pub(super) fn write_table_row(output: &mut impl Write, account: &Account) -> io::Result<()> {
    let user = &account.user;
    let created = to_the_second(account.created_at);
    let login = account.last_login_at.map_or_else(|| "never".to_owned(), to_the_second);
    let status = status(account);
    let email = printable(user.email.as_str());
    writeln!(output, "{:>8}  {created:20}  {login:20}  {status:14}  {email}", user.id)
}

/// Writes all properties of an account, one per line.
pub(super) fn write_details(output: &mut impl Write, account: &Account) -> io::Result<()> {
    let login = account.last_login_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    writeln!(output, "id          {}", account.user.id)?;
    writeln!(output, "e-mail      {}", printable(account.user.email.as_str()))?;
    let verified = if account.user.email_verified { "yes" } else { "no" };
    writeln!(output, "verified    {verified}")?;
    writeln!(output, "status      {}", status(account))?;
    let password = if account.password_hash.is_none() { "none" } else { "set" };
    writeln!(output, "password    {password}")?;
    writeln!(output, "created     {}", account.created_at)?;
    writeln!(output, "changed     {}", account.changed_at)?;
    writeln!(output, "last login  {login}")?;
    writeln!(output, "metadata    {}", printable(&account.metadata.to_string()))
}

fn status(account: &Account) -> &'static str {
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
