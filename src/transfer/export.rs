//! Export of all users into a file.

use std::io::{self, Write};

use serde::Serialize;

use super::error::TransferError;
use super::format::Format;
use crate::domain::{UserId, write_json_line};
use crate::store::{Account, Store};

/// The number of users per query.
const PAGE: u32 = 1000;

/// A record, as the import reads it.
#[derive(Serialize)]
struct ExportRecord<'a> {
    email: &'a str,
    password_hash: String,
    is_admin: bool,
    created_at: String,
    disabled: bool,
    email_verified: bool,
}

impl<'a> From<&'a Account> for ExportRecord<'a> {
    fn from(account: &'a Account) -> Self {
        Self {
            email: account.user.email.as_str(),
            password_hash: account.password_hash.to_string(),
            is_admin: account.user.is_admin,
            created_at: account.created_at.to_string(),
            disabled: account.disabled,
            email_verified: account.user.email_verified,
        }
    }
}

/// Writes all users, ordered by ID, in the format of an import, and returns their number. One page of
/// users is in memory at a time.
///
/// # Errors
///
/// [`TransferError::File`] and [`TransferError::Store`].
pub async fn export(
    store: &dyn Store,
    format: Format,
    mut output: impl Write,
) -> Result<u64, TransferError> {
    let mut last = UserId(0);
    let mut count = 0;
    if format == Format::Csv {
        writeln!(output, "email,password_hash,is_admin,created_at,disabled,email_verified")?;
    }
    loop {
        let page = store.page(last, PAGE).await?;
        let Some(account) = page.last() else { break };
        last = account.user.id;
        count += page.len() as u64;
        write_page(&page, format, &mut output)?;
    }
    output.flush()?;
    Ok(count)
}

fn write_page(page: &[Account], format: Format, output: &mut impl Write) -> io::Result<()> {
    match format {
        Format::JsonLines => {
            for account in page {
                write_json_line(&mut *output, &ExportRecord::from(account))?;
            }
        }
        Format::Csv => {
            let mut csv = ::csv::WriterBuilder::new().has_headers(false).from_writer(output);
            for account in page {
                csv.serialize(ExportRecord::from(account)).map_err(io::Error::other)?;
            }
            csv.flush()?;
        }
    }
    Ok(())
}
