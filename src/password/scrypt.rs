//! scrypt (RFC 7914).
//!
//! ```text
//! $scrypt$ln=15,r=8,p=1$salt$hash     a PHC string, with or without padding; also passlib
//! scrypt$16384$salt$8$5$hash          Django: N, the salt as it is, r, p
//! scrypt:32768:8:1$salt$hash          Werkzeug: N, r, p, the salt as it is, the hash in hex
//! ```

use argon2::password_hash::phc::Output;
use scrypt::Params;

use super::error::HashError;
use super::fields;

/// The accepted bounds: a hash takes at most 128 MiB and about two seconds.
pub(super) const BOUNDS: &str = "128·N·r at most 128 MiB, r·p at most 1024, N·r·p at most 4194304";

/// A scrypt hash.
pub(super) struct ScryptHash {
    params: Params,
    salt: Vec<u8>,
    tag: Output,
}

impl ScryptHash {
    pub(super) const ALGORITHM: &str = "scrypt";

    pub(super) fn parse(text: &str) -> Result<Self, HashError> {
        let fields =
            phc_fields(text).or_else(|| django_fields(text)).or_else(|| werkzeug_fields(text));
        let (params, salt, tag) = fields.ok_or(HashError::Malformed(Self::ALGORITHM))?;
        let out_of_bounds = HashError::Cost { algorithm: Self::ALGORITHM, bounds: BOUNDS };
        let params = bounded(params).ok_or(out_of_bounds)?;
        Ok(Self { params, salt, tag })
    }

    /// The estimated work, in KiB of argon2.
    pub(super) fn work(&self) -> u64 {
        work(&self.params)
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let mut computed = [0; Output::MAX_LENGTH];
        let Some(computed) = computed.get_mut(..self.tag.len()) else { return false };
        // `Output` compares in constant time.
        scrypt::scrypt(password, &self.salt, &self.params, computed).is_ok()
            && Output::new(computed).is_ok_and(|computed| computed == self.tag)
    }
}

/// log₂ N, r and p.
pub(super) type CostNumbers = (u32, u32, u32);

fn phc_fields(text: &str) -> Option<(CostNumbers, Vec<u8>, Output)> {
    let fields: Vec<&str> = text.strip_prefix("$scrypt$")?.split('$').collect();
    let [params, salt, tag] = fields.as_slice() else { return None };
    let params = match fields::named_numbers(params)?.as_slice() {
        [("ln", log_n), ("r", r), ("p", p)] => (*log_n, *r, *p),
        _ => return None,
    };
    Some((params, fields::bytes(salt)?, tag_of(tag)?))
}

fn django_fields(text: &str) -> Option<(CostNumbers, Vec<u8>, Output)> {
    let fields: Vec<&str> = text.strip_prefix("scrypt$")?.split('$').collect();
    let [n, salt, r, p, tag] = fields.as_slice() else { return None };
    let params = (log_of(n)?, fields::number(r)?, fields::number(p)?);
    Some((params, salt.as_bytes().to_vec(), tag_of(tag)?))
}

fn werkzeug_fields(text: &str) -> Option<(CostNumbers, Vec<u8>, Output)> {
    let fields: Vec<&str> = text.strip_prefix("scrypt:")?.split('$').collect();
    let [params, salt, tag] = fields.as_slice() else { return None };
    let params: Vec<&str> = params.split(':').collect();
    let [n, r, p] = params.as_slice() else { return None };
    let params = (log_of(n)?, fields::number(r)?, fields::number(p)?);
    Some((params, salt.as_bytes().to_vec(), Output::new(&fields::hex(tag)?).ok()?))
}

fn log_of(n: &str) -> Option<u32> {
    let n: u64 = fields::number(n)?;
    n.is_power_of_two().then(|| n.ilog2())
}

fn tag_of(base64: &str) -> Option<Output> {
    Output::new(&fields::bytes(base64)?).ok()
}

/// The parameters, if they are within [`BOUNDS`]. The time is proportional to N·r·p.
pub(super) fn bounded((log_n, r, p): CostNumbers) -> Option<Params> {
    let n = 1_u64.checked_shl(log_n)?;
    let wide = n.checked_mul(r.into())?;
    let memory = wide.checked_mul(128)?;
    let time = wide.checked_mul(p.into())?;
    // `Params::new` multiplies r and p unchecked, so that it comes last.
    if log_n == 0 || memory > 128 << 20 || r.checked_mul(p)? > 1024 || time > 1 << 22 {
        return None;
    }
    Params::new(u8::try_from(log_n).ok()?, r, p).ok()
}

/// The estimated work, in KiB of argon2: N·r·p blocks of 128 bytes are written, read and mixed.
pub(super) fn work(params: &Params) -> u64 {
    let parallel = u64::from(params.r()) * u64::from(params.p());
    parallel << params.log_n()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAIL: &str = "9KBMWmJ84LVTTNIKnh4Vyw$xDRydH6RSST0v+Iq4mRYnP4ObXfTMui7e8gibsgzN1c";

    #[test]
    fn hashes_of_other_libraries_verify() {
        for (text, password) in [
            // passlib 1.7.4.
            (
                "$scrypt$ln=10,r=8,p=1$AwBgrLVWKuX8n1Pq3XtPiQ\
                 $/n8MJEozY2u24LoCeaznyFr91MZk+9XY8Q9186nj6M0",
                "pässwörd",
            ),
            (
                "$scrypt$ln=8,r=4,p=3$onTOmTMmhHCuNaYU4rx3Tql1zrmX8t4b4zznvJdSytk\
                 $6Qt+8mn1+425lWpDhqvSj4QNvP44yN8ArvArBUNn78Y",
                "pässwörd",
            ),
            (
                "$scrypt$ln=16,r=8,p=1$TolRSqlVKiUkRCiF0FrLuQ\
                 $R2wCM3yf153lQlDnHwT/gOPRGffULhe4nddIeDiI2PA",
                "password",
            ),
            // Django 5.2.19.
            (
                "scrypt$16384$hocj10EPeYr35pMd4jBEHc$8$5$8JS94AxrjuSmat7q8lVaM23p3UxlM8vDgM8cuYARs99c\
                 A6WBvQoA/HZOrJECeCrYUaQyJZs82QQjWFK53UdoXQ==",
                "pässwörd",
            ),
            (
                "scrypt$1024$MQK7nDH6qwRrbRihJdZDG1$4$2$z5Q2GJoAdfpB3sO8zrerhKKuNkhD0mhY+/2pSh1ktWsP\
                 0Xzcd+d8uvAN6l2d/F45etJJaAILB38T8thi+iQfhw==",
                "pässwörd",
            ),
            // Werkzeug 3.1.9.
            (
                "scrypt:1024:4:2$jfpzNPCLuGF3t7v2$727fb325b66b14a572626aad0e2621ffc676a85215e554bd3c9563\
                 751a301c48efa2a9b88341bbdd80a48072d1910bc7fa7fe30412da7609b521fb0b9cb852ec",
                "pässwörd",
            ),
            // The scrypt crate 0.12; then with padding, and with passlib's `.` for `+`.
            (
                "$scrypt$ln=9,r=8,p=2$9KBMWmJ84LVTTNIKnh4Vyw\
                 $xDRydH6RSST0v+Iq4mRYnP4ObXfTMui7e8gibsgzN1c",
                "pässwörd",
            ),
            (
                "$scrypt$ln=9,r=8,p=2$9KBMWmJ84LVTTNIKnh4Vyw==\
                 $xDRydH6RSST0v+Iq4mRYnP4ObXfTMui7e8gibsgzN1c=",
                "pässwörd",
            ),
            (
                "$scrypt$ln=9,r=8,p=2$9KBMWmJ84LVTTNIKnh4Vyw\
                 $xDRydH6RSST0v.Iq4mRYnP4ObXfTMui7e8gibsgzN1c",
                "pässwörd",
            ),
        ] {
            let hash = ScryptHash::parse(text).unwrap();
            assert!(hash.verify(password.as_bytes()), "{text}");
            assert!(!hash.verify(b"other"), "{text}");
        }
    }

    #[test]
    fn excessive_cost_is_rejected() {
        for params in [
            "ln=18,r=8,p=1",
            "ln=17,r=9,p=1",
            "ln=17,r=8,p=5",
            "ln=1,r=1,p=1025",
            "ln=1,r=65536,p=65536",
            "ln=1,r=4294967295,p=4294967295",
            "ln=63,r=2,p=1",
            "ln=64,r=1,p=1",
            "ln=4294967295,r=1,p=1",
            "ln=0,r=8,p=1",
            "ln=9,r=0,p=1",
            "ln=9,r=8,p=0",
        ] {
            let error = ScryptHash::parse(&format!("$scrypt${params}${TAIL}")).err();
            assert!(matches!(error, Some(HashError::Cost { .. })), "{params}");
        }
        let error = ScryptHash::parse("scrypt$1048576$salt$8$1$z5Q2GJoAdfpB3sO8zrerhA==").err();
        assert!(matches!(error, Some(HashError::Cost { .. })));
        let error = ScryptHash::parse("scrypt:1048576:8:1$salt$00112233445566778899").err();
        assert!(matches!(error, Some(HashError::Cost { .. })));
        // OWASP's recommendation is accepted.
        assert!(ScryptHash::parse(&format!("$scrypt$ln=17,r=8,p=1${TAIL}")).is_ok());
    }

    #[test]
    fn malformed_hash_is_rejected() {
        for text in [
            "scrypt$",
            "$scrypt$",
            "$scrypt$ln=9,r=8,p=2$9KBMWmJ84LVTTNIKnh4Vyw",
            "$scrypt$ln=9,r=8$9KBMWmJ84LVTTNIKnh4Vyw$xDRydH6RSST0v+Iq4mRYnP4ObXfTMui7e8gibsgzN1c",
            "$scrypt$ln=9,r=8,p=2$9KBMWmJ84LVTTNIKnh4Vyw$xDRydH6RSST0v",
            "$scrypt$ln=9,r=8,p=2$9KBMWmJ84LVTTNIKnh4Vyw$",
            "scrypt$1000$salt$8$1$z5Q2GJoAdfpB3sO8zrerhA==",
            "scrypt$0$salt$8$1$z5Q2GJoAdfpB3sO8zrerhA==",
            "scrypt$1024$salt$8$z5Q2GJoAdfpB3sO8zrerhA==",
            "scrypt:",
            "scrypt:1024:8$salt$00112233445566778899",
            "scrypt:1000:8:1$salt$00112233445566778899",
            "scrypt:1024:8:1$salt$0011223344556677889",
            "scrypt:1024:8:1$salt$z5Q2GJoAdfpB3sO8zrerhA==",
        ] {
            assert_eq!(
                ScryptHash::parse(text).err(),
                Some(HashError::Malformed("scrypt")),
                "{text}"
            );
        }
    }
}
