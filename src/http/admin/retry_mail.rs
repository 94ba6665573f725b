//! `POST /admin/mails/{id}/retry`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::path::MailPath;
use crate::audit::AuditTrail;
use crate::domain::{AuditKind, RequestContext};
use crate::http::error::HttpError;
use crate::outbox::Outbox;

/// Makes a mail due that was not sent.
pub(in crate::http) async fn retry_mail(
    State(outbox): State<Outbox>,
    State(audit): State<Arc<AuditTrail>>,
    MailPath(id): MailPath,
    context: RequestContext,
) -> Result<StatusCode, HttpError> {
    if !outbox.retry(id).await? {
        return Err(HttpError::NotFound);
    }
    audit.record_with(AuditKind::MailRetried, &context, format!("mail {id}"));
    Ok(StatusCode::ACCEPTED)
}
