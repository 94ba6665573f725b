//! What the hosted pages are made of: templates, texts, appearance, and where they lead.
//!
//! ```text
//! options.rs       PageOptions
//! templates.rs     Templates: the HTML of the pages, and overrides of it
//! texts.rs         Texts: the texts of a language
//! language.rs      Language, and its negotiation
//! accent.rs        Accent: the color of buttons
//! logo.rs          Logo: an image file
//! destination.rs   RedirectOrigins: where a sign-in may lead
//! cookie_domain.rs CookieDomain
//! cookie_name.rs   the name of the session cookie
//! stylesheet.rs    Stylesheet: the style of all pages
//! ```

mod accent;
mod cookie_domain;
mod cookie_name;
mod destination;
mod language;
mod logo;
mod options;
mod stylesheet;
mod templates;
mod texts;

pub use accent::{Accent, AccentError};
pub use cookie_domain::{CookieDomain, CookieDomainError};
pub use cookie_name::session_cookie_name;
pub use destination::{Destination, RedirectOrigins};
pub use language::Language;
pub use logo::Logo;
pub use options::PageOptions;
pub use stylesheet::Stylesheet;
pub use templates::{TemplateError, Templates};
pub use texts::Texts;
