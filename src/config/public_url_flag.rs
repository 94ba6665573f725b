//! The flag of the public URL, as given.

use clap::Args;

use crate::domain::PublicUrl;

/// The flag of every command whose mails or pages have links.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Pages and links")]
pub struct PublicUrlFlag {
    /// URL under which browsers reach the service, such as `https://login.example.com`, for links and
    /// cookies [default: http://localhost:PORT in the demo]
    #[arg(
        id = "public_url", long = "public-url", env = "COUNTERSIGN_PUBLIC_URL", value_name = "URL",
        value_parser = PublicUrl::parse
    )]
    pub url: Option<PublicUrl>,
}
