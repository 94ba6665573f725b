//! The metadata of a user.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

/// The metadata of a user: a JSON object of the operators, at most 4 KiB. This service only stores it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Metadata(Map<String, Value>);

/// Errors of metadata. They do not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// The text is no JSON object.
    #[error("is not a JSON object")]
    NotAnObject,
    /// The object is larger than [`Metadata::MAX_LENGTH`].
    #[error("is larger than 4 KiB")]
    TooLarge,
}

impl Metadata {
    /// The largest object, in bytes of JSON without white space.
    pub const MAX_LENGTH: usize = 4096;

    /// Parses a JSON object.
    ///
    /// # Errors
    ///
    /// [`MetadataError`].
    pub fn parse(json: &str) -> Result<Self, MetadataError> {
        Self::new(serde_json::from_str(json).map_err(|_| MetadataError::NotAnObject)?)
    }

    /// The metadata with these members.
    ///
    /// # Errors
    ///
    /// [`MetadataError::TooLarge`].
    pub fn new(members: Map<String, Value>) -> Result<Self, MetadataError> {
        let metadata = Self(members);
        if metadata.to_string().len() > Self::MAX_LENGTH {
            return Err(MetadataError::TooLarge);
        }
        Ok(metadata)
    }

    /// The metadata in a database, whatever its length.
    pub(crate) fn from_stored(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok().map(Self)
    }

    /// The members.
    #[must_use]
    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The metadata with a JSON merge patch applied (RFC 7396): members replace those of the same name,
    /// objects are merged, and `null` removes a member.
    ///
    /// # Errors
    ///
    /// [`MetadataError::TooLarge`].
    pub fn merged(&self, patch: &Map<String, Value>) -> Result<Self, MetadataError> {
        let mut members = self.0.clone();
        merge(&mut members, patch);
        Self::new(members)
    }
}

/// `MergePatch` of RFC 7396 section 2, where both are objects. The depth is bounded by the parser of the
/// patch.
fn merge(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => drop(target.remove(name)),
            Value::Object(patch) => {
                let mut merged = match target.remove(name) {
                    Some(Value::Object(members)) => members,
                    _ => Map::new(),
                };
                merge(&mut merged, patch);
                target.insert(name.clone(), Value::Object(merged));
            }
            value => drop(target.insert(name.clone(), value.clone())),
        }
    }
}

/// JSON without white space.
impl fmt::Display for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn metadata_is_a_json_object_of_4_kib_at_most() {
        assert_eq!(Metadata::parse(r#" {"a": [1, 2]} "#).unwrap().to_string(), r#"{"a":[1,2]}"#);
        for text in ["", "[]", "null", "1", "{", "{}{}", r#""{}""#] {
            assert_eq!(Metadata::parse(text), Err(MetadataError::NotAnObject), "{text}");
        }
        let of_length = |length: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(length - 8));
        assert!(Metadata::parse(&of_length(Metadata::MAX_LENGTH)).is_ok());
        let longer = Metadata::parse(&of_length(Metadata::MAX_LENGTH + 1));
        assert_eq!(longer, Err(MetadataError::TooLarge));
    }

    /// The objects of RFC 7396 appendix A.
    #[rstest]
    #[case(r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#)]
    #[case(r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#)]
    #[case(r#"{"a":"b"}"#, r#"{"a":null}"#, "{}")]
    #[case(r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#)]
    #[case(r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#)]
    #[case(r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#)]
    #[case(r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#)]
    #[case(r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#)]
    #[case(r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#)]
    #[case("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#)]
    fn merge_patch_is_that_of_the_rfc(
        #[case] metadata: &str,
        #[case] patch: &str,
        #[case] expected: &str,
    ) {
        let merged = Metadata::parse(metadata).unwrap();
        let merged = merged.merged(&serde_json::from_str(patch).unwrap()).unwrap();
        assert_eq!(merged, Metadata::parse(expected).unwrap());
    }
}
