//! What the service measures about itself, for Prometheus: names, labels and help of the metrics.
//!
//! A part of the service owns a group of counters, which count from its creation on whether they are read or
//! not. [`App`](crate::app::App) adds the groups to the [`Metrics`], which write them as text.
//!
//! The values of a label are those of an enum, or patterns of routes: their number is bounded, whatever
//! clients send.
//!
//! ```text
//! registry.rs      Metrics: all groups, and their text
//! label.rs         Label: enums whose values are those of a label
//! counters.rs      Counters: a counter for each value of a label
//! durations.rs     the buckets of histograms of durations
//! requests.rs      RequestMetrics: requests over HTTP
//! hashing.rs       HashingMetrics: the queue and the threads that hash passwords
//! attempts.rs      AttemptMetrics: logins, and confirmations of passwords
//! sessions.rs      SessionMetrics: sessions, refreshes, rejected access tokens
//! store.rs         StoreMetrics: operations of the store
//! callers.rs       CallerCacheMetrics: the cache of caller look-ups
//! throttle.rs      ThrottleMetrics: throttled requests
//! mails.rs         MailMetrics: attempts to send mails
//! lost.rs          LostMetrics: log lines and audit events that were lost
//! process.rs       ProcessMetrics: start, CPU, memory and descriptors of the process
//! ```

mod attempts;
mod callers;
mod counters;
mod durations;
mod hashing;
mod label;
mod lost;
mod mails;
mod process;
mod registry;
mod requests;
mod sessions;
mod store;
mod throttle;

pub use attempts::{AttemptMetrics, AttemptOutcome};
pub use callers::CallerCacheMetrics;
pub use counters::Counters;
pub use hashing::{HashingJob, HashingMetrics, Shedding};
pub use label::Label;
pub use lost::{LogPriority, LostAuditEvents, LostLogLines};
pub use mails::{MailMetrics, MailOutcome};
pub use process::ProcessMetrics;
pub use registry::{MetricGroup, Metrics};
pub use requests::{RequestMetrics, RouteMetrics};
pub use sessions::{RefreshOutcome, SessionMetrics, SessionOpening, TokenRejection};
pub use store::StoreMetrics;
pub use throttle::{ThrottleMetrics, ThrottledKind};
