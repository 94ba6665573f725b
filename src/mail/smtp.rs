//! Delivery by SMTP.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;

use super::content::MailContent;
use super::options::SmtpOptions;
use super::smtp_url::SmtpTls;
use crate::domain::{Email, Timestamp};

/// The timeout of each exchange with the server.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The maximum number of connections.
const CONNECTIONS: u32 = 4;

/// An SMTP server, with pooled connections.
pub struct SmtpServer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Errors of a delivery.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct DeliveryError {
    /// The reason, in one line.
    pub reason: String,
    /// Whether every further attempt would fail, too.
    pub is_permanent: bool,
}

impl SmtpServer {
    /// A server that is connected to by the first delivery.
    ///
    /// # Errors
    ///
    /// [`lettre::transport::smtp::Error`], for a malformed certificate.
    pub fn new(
        options: &SmtpOptions,
        from: Mailbox,
    ) -> Result<Self, lettre::transport::smtp::Error> {
        let url = &options.url;
        let parameters = || {
            let mut builder = TlsParameters::builder(url.host.clone());
            if let Some(pem) = &options.root_certificate {
                builder = builder.add_root_certificate(Certificate::from_pem(pem)?);
            }
            builder.build()
        };
        let tls = match url.tls {
            SmtpTls::Implicit => Tls::Wrapper(parameters()?),
            SmtpTls::StartTls => Tls::Required(parameters()?),
            SmtpTls::Off => Tls::None,
        };
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(url.host.as_str())
                .port(url.port)
                .tls(tls)
                .timeout(Some(TIMEOUT))
                .pool_config(PoolConfig::new().max_size(CONNECTIONS));
        if let Some((user, password)) = &url.credentials {
            let password = password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self { transport: builder.build(), from })
    }

    /// Sends a mail. `id` distinguishes it from others: a mail that is sent again has the same
    /// `Message-ID`.
    ///
    /// # Errors
    ///
    /// [`DeliveryError`].
    pub async fn send(
        &self,
        id: i64,
        created_at: Timestamp,
        recipient: &Email,
        content: &MailContent,
    ) -> Result<(), DeliveryError> {
        let message = self.message(id, created_at, recipient, content)?;
        self.transport.send(message).await.map(drop).map_err(|error| DeliveryError {
            reason: one_line(&error),
            // Rejected credentials, and a server that wants any, are faults of the configuration.
            is_permanent: error
                .status()
                .is_some_and(|code| error.is_permanent() && !matches!(u16::from(code), 530..=539)),
        })
    }

    fn message(
        &self,
        id: i64,
        created_at: Timestamp,
        recipient: &Email,
        content: &MailContent,
    ) -> Result<Message, DeliveryError> {
        let invalid = |error: &dyn fmt::Display| DeliveryError {
            reason: error.to_string(),
            is_permanent: true,
        };
        let to: Address = recipient.as_str().parse().map_err(|error| invalid(&error))?;
        let domain = self.from.email.domain();
        Message::builder()
            .from(self.from.clone())
            .to(to.into())
            .subject(content.subject.as_str())
            .message_id(Some(format!("<{id}.{}@{domain}>", created_at.milliseconds())))
            .multipart(MultiPart::alternative_plain_html(
                content.text.clone(),
                content.html.clone(),
            ))
            .map_err(|error| invalid(&error))
    }
}

/// An error and its sources.
fn one_line(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
        source = error.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpServer").field("from", &self.from).finish_non_exhaustive()
    }
}
