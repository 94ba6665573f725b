//! `POST /admin/mails/{id}/retry`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::path::MailPath;
use crate::audit::AuditTrail;
use crate::domain::{AuditKind, RequestContext};
#[cfg(test)]
use crate::http::docs::responses::NotFound;
use crate::http::error::HttpError;
use crate::outbox::Outbox;

/// Makes a mail due that was not sent.
#[cfg_attr(test, utoipa::path(
    post, path = "/admin/mails/{id}/retry", tag = "Administration",
    security(("bearer" = []), ("oauth_client" = [])),
    params(("id" = i64, Path, description = "ID of the mail", minimum = 1, example = 1)),
    responses((status = 202, description = "The mail is due now"), NotFound)
))]
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
