//! Hashes in few bytes, for a store that keeps many of them.

use argon2::password_hash::phc;

use super::argon2::Argon2Hash;
use super::cost::Cost;
use super::hash::PasswordHash;
use super::scheme::Scheme;

/// Stands for a text, where the number of a cost would.
const TEXT: u8 = 0;

/// Packs hashes into bytes, and makes the very same hashes of them again.
///
/// A hash in the current format takes 49 bytes instead of a text of 97:
///
/// ```text
///  1 byte   the number of its cost with this packer; the first is 1
/// 16 bytes  the salt
/// 32 bytes  the tag
/// ```
///
/// Any other is a 0 and its text. The bytes are as secret as the hash is.
#[derive(Debug, Default)]
pub(crate) struct HashPacker {
    /// The costs that there were so far: one or two, and never more than 255.
    costs: Vec<Cost>,
}

impl HashPacker {
    const SALT_LENGTH: usize = 16;

    /// The bytes for a hash.
    pub(crate) fn pack(&mut self, hash: &PasswordHash) -> Vec<u8> {
        self.pack_like_new(hash).unwrap_or_else(|| [&[TEXT], hash.to_string().as_bytes()].concat())
    }

    /// The hash that this packer made these bytes of.
    pub(crate) fn unpack(&self, packed: &[u8]) -> Option<PasswordHash> {
        let (number, rest) = packed.split_first()?;
        if *number == TEXT {
            return PasswordHash::parse(str::from_utf8(rest).ok()?).ok();
        }
        let cost = self.costs.get(usize::from(*number) - 1)?;
        let (salt, tag) = rest.split_at_checked(Self::SALT_LENGTH)?;
        let (salt, tag) = (phc::Salt::new(salt).ok()?, phc::Output::new(tag).ok()?);
        Some(PasswordHash::from(Argon2Hash::new(*cost, salt, tag)))
    }

    fn pack_like_new(&mut self, hash: &PasswordHash) -> Option<Vec<u8>> {
        let Scheme::Argon2(read) = hash.scheme() else { return None };
        let (cost, salt, tag) = read.parts();
        // Another variant or version would not come back, nor would what others write in another
        // way, such as with Django's prefix.
        let comes_back = PasswordHash::from(Argon2Hash::new(cost, salt, tag)) == *hash;
        if !comes_back || salt.len() != Self::SALT_LENGTH || tag.len() != Cost::TAG_LENGTH {
            return None;
        }
        Some([&[self.number(cost)?], &*salt, tag.as_bytes()].concat())
    }

    fn number(&mut self, cost: Cost) -> Option<u8> {
        let known = self.costs.iter().position(|known| *known == cost);
        let number = u8::try_from(known.unwrap_or(self.costs.len()) + 1).ok()?;
        if known.is_none() {
            self.costs.push(cost);
        }
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NEW: &str = "$argon2id$v=19$m=19456,t=2,p=1$bhN2mjQGO+lCvSpa1yYRYA\
                       $ftoEkuLhS2+YR2GOA7+hIIyOcnH2PwrIyJLL/KO74Ss";

    fn packed_and_unpacked(packer: &mut HashPacker, hash: &PasswordHash) -> usize {
        let bytes = packer.pack(hash);
        assert_eq!(packer.unpack(&bytes).as_ref(), Some(hash), "{hash}");
        bytes.len()
    }

    #[test]
    fn a_hash_like_new_ones_takes_49_bytes() {
        let mut packer = HashPacker::default();
        let hash = PasswordHash::parse(NEW).unwrap();
        assert_eq!(packed_and_unpacked(&mut packer, &hash), 49);
        let dummy = PasswordHash::dummy(Cost::default());
        assert_eq!(packed_and_unpacked(&mut packer, &dummy), 49);
        assert_eq!(packer.costs, [Cost::default()]);
    }

    #[test]
    fn any_other_comes_back_as_it_was_written() {
        let mut packer = HashPacker::default();
        let tail = NEW.strip_prefix("$argon2id$v=19$m=19456,t=2,p=1$").unwrap();
        for text in [
            // argon2id, but of another form, version, variant or length.
            &format!("argon2{NEW}"),
            &NEW.replace("m=19456,t=2,p=1", "t=2,m=19456,p=1"),
            &NEW.replace("v=19$", "v=16$"),
            &NEW.replace("v=19$", ""),
            &NEW.replace("argon2id", "argon2i"),
            &NEW.replace("argon2id", "argon2d"),
            &NEW.replace(tail, &format!("c29tZXNhbHQ${}", &tail[23..])),
            &NEW.replace(tail, &format!("{}$9sTbSlTio3Biev89thdrlA", &tail[..22])),
            // Another algorithm.
            "$2b$05$zXErg55ujpvT.uHOfM3Bae5ZJr1cbMV4P3lLySOKEEBUE1m8kLj1O",
            "bcrypt$$2b$05$zXErg55ujpvT.uHOfM3Bae5ZJr1cbMV4P3lLySOKEEBUE1m8kLj1O",
            "scrypt$1024$salt$4$2$9KBMWmJ84LVTTNIKnh4Vyw==",
            "pbkdf2_sha256$02000$seasalt$IJl8N7nSu2kIQklllYiIT1gLzHcrw9HLa+sgMsq/pS0=",
        ] {
            let hash = PasswordHash::parse(text).unwrap();
            assert_eq!(packed_and_unpacked(&mut packer, &hash), 1 + text.len());
        }
        assert!(packer.costs.is_empty());
    }

    #[test]
    fn more_costs_than_have_numbers_are_kept_as_text() {
        let mut packer = HashPacker::default();
        for memory in 100..400 {
            let hash = PasswordHash::dummy(Cost::new(memory, 1, 1).unwrap());
            let length = packed_and_unpacked(&mut packer, &hash);
            assert_eq!(length == 49, memory < 355, "{memory}");
        }
        assert_eq!(packer.costs.len(), 255);
    }

    #[test]
    fn what_no_packer_made_is_no_hash() {
        let packer = HashPacker::default();
        let dummy = HashPacker::default().pack(&PasswordHash::dummy(Cost::default()));
        for bytes in [&b""[..], &[TEXT], &[TEXT, 0xff], b"\0password", &[1], &dummy] {
            assert_eq!(packer.unpack(bytes), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            (memory, passes, lanes) in (64..=131_072_u32, 1..=16_u32, 1..=8_u32),
            salt in proptest::collection::vec(any::<u8>(), 15..18),
            tag in proptest::collection::vec(any::<u8>(), 31..34),
        ) {
            let cost = Cost::new(memory, passes, lanes).unwrap();
            let usual = salt.len() == 16 && tag.len() == 32;
            let (salt, tag) = (phc::Salt::new(&salt).unwrap(), phc::Output::new(&tag).unwrap());
            let hash = PasswordHash::from(Argon2Hash::new(cost, salt, tag));
            let length = packed_and_unpacked(&mut HashPacker::default(), &hash);
            prop_assert_eq!(length == 49, usual);
        }
    }
}
