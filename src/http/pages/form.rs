//! The fields of a page, and their errors.

use serde::Serialize;

/// The fields of a form, and its errors.
#[derive(Default)]
pub(super) struct Form {
    pub(super) fields: Vec<Field>,
    pub(super) errors: Vec<FormError>,
    /// Fields that are not shown.
    pub(super) hidden: Vec<HiddenField>,
    /// Whether the page is that of a user who is signed in.
    pub(super) is_signed_in: bool,
}

/// A field that is not shown.
#[derive(Serialize)]
pub(super) struct HiddenField {
    name: &'static str,
    value: String,
}

/// A field that has to be filled in.
#[derive(Serialize)]
pub(super) struct Field {
    name: &'static str,
    label: String,
    #[serde(rename = "type")]
    kind: &'static str,
    autocomplete: &'static str,
    value: String,
    hint: Option<String>,
    error: Option<String>,
}

/// An error of a form.
#[derive(Serialize)]
pub(super) struct FormError {
    /// The name of the faulty field, if it is one.
    field: Option<&'static str>,
    text: String,
}

impl Form {
    /// A form with a field for an e-mail address.
    pub(super) fn with_email(self, label: &str, value: &str) -> Self {
        self.with("email", label, "email", "username", value)
    }

    /// A form with a further field for a password; `autocomplete` is `current-password` or `new-password`.
    pub(super) fn with_password(
        self,
        name: &'static str,
        label: &str,
        autocomplete: &'static str,
    ) -> Self {
        self.with(name, label, "password", autocomplete, "")
    }

    fn with(
        mut self,
        name: &'static str,
        label: &str,
        kind: &'static str,
        autocomplete: &'static str,
        value: &str,
    ) -> Self {
        let (label, value) = (label.to_owned(), value.to_owned());
        self.fields.push(Field { name, label, kind, autocomplete, value, hint: None, error: None });
        self
    }

    /// Adds a hint to the last field.
    pub(super) fn with_hint(mut self, hint: String) -> Self {
        if let Some(field) = self.fields.last_mut() {
            field.hint = Some(hint);
        }
        self
    }

    /// Adds a field that is not shown.
    pub(super) fn with_hidden(mut self, name: &'static str, value: &str) -> Self {
        self.hidden.push(HiddenField { name, value: value.to_owned() });
        self
    }

    /// The same form, of a user who is signed in.
    pub(super) fn signed_in(self) -> Self {
        Self { is_signed_in: true, ..self }
    }

    /// Adds an error, of this field if there is one of the name.
    pub(super) fn with_error(mut self, name: &'static str, text: String) -> Self {
        let field = self.fields.iter_mut().find(|field| field.name == name);
        let is_field = field.is_some();
        if let Some(field) = field {
            field.error = Some(text.clone());
        }
        self.errors.push(FormError { field: is_field.then_some(name), text });
        self
    }
}
