//! The flags of mails, as given.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};
use lettre::message::Mailbox;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::error::ConfigError;
use super::value_parsers;
use crate::domain::PublicUrl;
use crate::files;
use crate::mail::{MailKind, MailOptions, MailTransport, SmtpOptions, SmtpUrl};
use crate::verification::EmailVerification;

/// The largest file of an SMTP URL or a certificate, in bytes.
const MAX_SIZE: u64 = 256 * 1024;

/// How mails are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MailMode {
    /// None are sent.
    Off,
    /// They are kept in memory, and shown at /ui/inbox to clients on this machine.
    Inbox,
    /// By SMTP.
    Smtp,
}

/// Whether e-mail addresses have to be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VerificationMode {
    /// They are not verified.
    Off,
    /// A registration sends a link, and the user may log in before opening it.
    Optional,
    /// The user may log in once the link was opened; /register does not tell who has an account.
    Required,
}

/// The flags of mails.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Mails")]
pub struct MailFlags {
    /// How mails are sent [default: smtp with --smtp-url, otherwise inbox in the demo and off]
    #[arg(long, env = "COUNTERSIGN_MAIL", value_name = "MODE", value_enum)]
    pub mail: Option<MailMode>,

    /// SMTP server: smtps://USER:PASSWORD@HOST:PORT, or smtp://… for STARTTLS; ?tls=off sends without TLS
    ///
    /// The default ports are 465 and 587. Other users of the machine can read arguments: set a URL with a
    /// password as the variable or in a file.
    #[arg(
        long, env = "COUNTERSIGN_SMTP_URL", value_name = "URL", hide_env_values = true,
        value_parser = SmtpUrl::from_str
    )]
    pub smtp_url: Option<SmtpUrl>,

    /// File with the URL of the SMTP server
    #[arg(long, env = "COUNTERSIGN_SMTP_URL_FILE", value_name = "FILE")]
    pub smtp_url_file: Option<PathBuf>,

    /// Root certificate of the SMTP server in PEM, if it is not signed by a public authority
    #[arg(long, env = "COUNTERSIGN_SMTP_ROOT_CERTIFICATE", value_name = "FILE")]
    pub smtp_root_certificate: Option<PathBuf>,

    /// Sender of mails, such as "Example <auth@example.com>"
    #[arg(
        long, env = "COUNTERSIGN_MAIL_FROM", value_name = "SENDER",
        value_parser = value_parsers::mailbox
    )]
    pub mail_from: Option<Mailbox>,

    /// Directory with templates of mails in place of the built-in ones
    #[arg(long, env = "COUNTERSIGN_MAIL_TEMPLATES", value_name = "DIRECTORY")]
    pub mail_templates: Option<PathBuf>,

    /// Notices that users get by mail, separated by commas: email-changed, password-changed, new-device,
    /// token-reused, account-disabled; or none [default: all of them]
    #[arg(
        long, env = "COUNTERSIGN_NOTICES", value_name = "NOTICE", value_delimiter = ',',
        value_parser = value_parsers::notice
    )]
    pub notices: Vec<Option<MailKind>>,

    /// Name of the service, as users know it
    #[arg(
        long, env = "COUNTERSIGN_SERVICE_NAME", value_name = "NAME",
        default_value = MailOptions::DEFAULT_SERVICE_NAME, value_parser = value_parsers::service_name
    )]
    pub service_name: String,

    /// Let users log in by a code that is sent by mail (POST /login/code/request)
    #[arg(long, env = "COUNTERSIGN_LOGIN_CODES")]
    pub login_codes: bool,

    /// Whether the e-mail addresses of new users are verified [default: optional if mails are sent,
    /// otherwise off]
    #[arg(long, env = "COUNTERSIGN_EMAIL_VERIFICATION", value_name = "MODE", value_enum)]
    pub email_verification: Option<VerificationMode>,
}

impl MailFlags {
    /// The options of mails; `None` where none are sent.
    ///
    /// # Errors
    ///
    /// [`ConfigError::InvalidMailFile`] and [`ConfigError::Contradiction`].
    pub fn options(
        &self,
        demo: bool,
        public_url: Option<&PublicUrl>,
    ) -> Result<Option<MailOptions>, ConfigError> {
        let contradiction = |text: &str| Err(ConfigError::Contradiction(text.to_owned()));
        let url = self.url()?;
        if url.is_none() && self.smtp_root_certificate.is_some() {
            return contradiction("--smtp-root-certificate requires --smtp-url");
        }
        let (transport, from) = match (self.mail, url) {
            (Some(MailMode::Off), _) => return Ok(None),
            (None, None) if !demo => return Ok(None),
            (Some(MailMode::Inbox), Some(_)) => {
                return contradiction(
                    "--mail inbox and an SMTP URL are both set; set only one of them",
                );
            }
            (Some(MailMode::Smtp), None) => {
                return contradiction("--mail smtp requires --smtp-url or --smtp-url-file");
            }
            (_, Some(url)) => {
                if public_url.is_none() {
                    return contradiction(
                        "mails require --public-url, since their links begin with it, such as \
                         --public-url https://login.example.com",
                    );
                }
                let Some(from) = self.mail_from.clone() else {
                    return contradiction(
                        "mails require a sender: set --mail-from, such as --mail-from auth@example.com",
                    );
                };
                let root_certificate = match &self.smtp_root_certificate {
                    Some(path) => Some(read_certificate(path)?),
                    None => None,
                };
                (MailTransport::Smtp(SmtpOptions { url, root_certificate }), Some(from))
            }
            _ => (MailTransport::Inbox, self.mail_from.clone()),
        };
        let default_sender = || value_parsers::mailbox("auth@localhost").ok();
        let Some(from) = from.or_else(default_sender) else { return Ok(None) };
        let notices = match self.notices.as_slice() {
            [] => MailKind::NOTICES.to_vec(),
            [None] => Vec::new(),
            notices if notices.contains(&None) => {
                return contradiction("--notices has none beside others: set none alone");
            }
            notices => notices.iter().copied().flatten().collect(),
        };
        Ok(Some(MailOptions {
            transport,
            from,
            service_name: self.service_name.clone(),
            notices,
            templates: self.mail_templates.clone(),
        }))
    }

    /// Whether addresses have to be verified.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Contradiction`], where no mails are sent.
    pub(super) fn verification(&self, sends: bool) -> Result<EmailVerification, ConfigError> {
        Ok(match (self.email_verification, sends) {
            (None | Some(VerificationMode::Optional), true) => EmailVerification::Optional,
            (Some(VerificationMode::Required), true) => EmailVerification::Required,
            (None | Some(VerificationMode::Off), _) => EmailVerification::Off,
            (Some(_), false) => {
                return Err(ConfigError::Contradiction(
                    "--email-verification requires mails: set --smtp-url, or --mail inbox"
                        .to_owned(),
                ));
            }
        })
    }

    /// Whether users may log in by a code.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Contradiction`], where no mails are sent.
    pub(super) fn login_codes(&self, sends: bool) -> Result<bool, ConfigError> {
        if self.login_codes && !sends {
            let sentence = "--login-codes requires mails: set --smtp-url, or --mail inbox";
            return Err(ConfigError::Contradiction(sentence.to_owned()));
        }
        Ok(self.login_codes)
    }

    fn url(&self) -> Result<Option<SmtpUrl>, ConfigError> {
        match (&self.smtp_url, &self.smtp_url_file) {
            (Some(_), Some(_)) => Err(ConfigError::Contradiction(
                "--smtp-url and --smtp-url-file are both set; set only one of them".to_owned(),
            )),
            (url, None) => Ok(url.clone()),
            (None, Some(path)) => {
                let what = "SMTP URL file";
                read(what, path)?.parse().map(Some).map_err(|error: crate::mail::SmtpUrlError| {
                    let reason = error.to_string();
                    ConfigError::InvalidMailFile { what, path: path.clone(), reason }
                })
            }
        }
    }
}

/// The file of a certificate in PEM.
fn read_certificate(path: &Path) -> Result<Vec<u8>, ConfigError> {
    let what = "SMTP root certificate";
    let pem = read(what, path)?.into_bytes();
    if let Some(Ok(_)) = CertificateDer::pem_slice_iter(&pem).next() {
        return Ok(pem);
    }
    let reason = "it has no certificate in PEM".to_owned();
    Err(ConfigError::InvalidMailFile { what, path: path.to_owned(), reason })
}

fn read(what: &'static str, path: &Path) -> Result<String, ConfigError> {
    let invalid = |reason| ConfigError::InvalidMailFile { what, path: path.to_owned(), reason };
    let bytes = files::read(path, MAX_SIZE).map_err(|error| invalid(error.to_string()))?;
    String::from_utf8(bytes.to_vec()).map_err(|_| invalid("it is not UTF-8 text".to_owned()))
}
