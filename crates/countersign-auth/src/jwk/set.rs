//! JWK Sets (RFC 7517 section 5).

use serde::Deserialize;
use serde_json::Value;

use super::Jwk;
use crate::json::{Object, object};
use crate::key_error::{KeyError, KeySetError};
use crate::verification_keys::VerificationKeys;

#[derive(Deserialize)]
struct JwkSet<K> {
    keys: Vec<K>,
}

/// Parses a JWK Set of which every key must be a JWK.
///
/// # Errors
///
/// [`KeySetError`], if it is not a JWK Set or has more than [`VerificationKeys::MAX`] keys.
pub fn parse_set(json: &[u8]) -> Result<Vec<Jwk>, KeySetError> {
    let keys: Vec<Object<Jwk>> = parse(json)?;
    Ok(keys.into_iter().map(|Object(jwk)| jwk).collect())
}

/// The same, where a member of the wrong type is an error of its key, and not of the set.
pub(crate) fn parse_public_set(json: &[u8]) -> Result<Vec<Result<Jwk, KeyError>>, KeySetError> {
    let jwk = |value| match serde_json::from_value(value) {
        Ok(Object(jwk)) => Ok(jwk),
        Err(_) => Err(KeyError::Form),
    };
    Ok(parse::<Value>(json)?.into_iter().map(jwk).collect())
}

fn parse<K: for<'de> Deserialize<'de>>(json: &[u8]) -> Result<Vec<K>, KeySetError> {
    if str::from_utf8(json).is_err() {
        return Err(KeySetError::Encoding);
    }
    let JwkSet { keys } = object(json)?;
    if keys.len() > VerificationKeys::MAX { Err(KeySetError::TooMany) } else { Ok(keys) }
}
