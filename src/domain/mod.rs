//! Domain types: identifiers, e-mail addresses, users, timestamps, the context of a request.
//!
//! ```text
//! accept_language.rs  AcceptLanguage: the languages that a client prefers
//! audit_event.rs      AuditEvent: an event of the audit trail
//! email.rs            Email: a normalized e-mail address
//! client_id.rs        ClientId: the identifier of an OAuth client
//! client_network.rs   ClientNetwork: an IPv4 address or an IPv6 /64
//! device_id.rs        DeviceId
//! session_id.rs       SessionId
//! trace_context.rs    TraceContext: the place of a request in a trace of several services
//! request_id.rs       RequestId
//! request_context.rs  RequestContext: client info, request id, OAuth client, acting user
//! user.rs             User
//! user_requirement.rs UserRequirement: what a gateway requires of a user
//! named_enum.rs       enums whose values have names
//! metadata.rs         Metadata: the JSON object of a user
//! public_url.rs       PublicUrl: the URL under which browsers reach the service
//! printable.rs        untrusted text, escaped for a terminal
//! ```
//!
//! [`UserId`] and [`Timestamp`] come from `countersign-auth`, whose claims have them.

mod accept_language;
mod audit_event;
mod client_id;
mod client_network;
mod device_id;
mod email;
mod metadata;
mod named_enum;
mod printable;
mod public_url;
mod request_context;
mod request_id;
mod session_id;
mod trace_context;
mod user;
mod user_requirement;

pub use countersign_auth::{Timestamp, UserId};

pub use accept_language::AcceptLanguage;
pub use audit_event::{Actor, AuditEvent, AuditKind};
pub use client_id::{ClientId, ClientIdError};
pub use client_network::ClientNetwork;
pub use device_id::DeviceId;
pub use email::{Email, EmailError};
pub use metadata::{Metadata, MetadataError};
pub(crate) use named_enum::named_enum;
pub(crate) use printable::{printable, write_json_line};
pub use public_url::{PublicUrl, PublicUrlError};
pub use request_context::{ClientInfo, RequestContext};
pub use request_id::RequestId;
pub use session_id::SessionId;
pub use trace_context::TraceContext;
pub use user::User;
pub use user_requirement::UserRequirement;
