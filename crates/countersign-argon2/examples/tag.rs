//! Prints the tag of a password and a salt at OWASP's cost parameters, in hexadecimal.
//!
//! ```sh
//! cargo run --release --package countersign-argon2 --example tag -- 'correct horse' 'a random salt'
//! ```
#![allow(clippy::print_stdout, reason = "an example")]

use std::error::Error;
use std::io::{Write, stdout};

use countersign_argon2::{Algorithm, Engine, Hasher, Input, Params, Version};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(password), Some(salt)) = (arguments.next(), arguments.next()) else {
        return Err("expected a password and a salt".into());
    };
    let engine = Engine::best();
    engine.self_test()?;
    let params = Params::new(19_456, 2, 1, Some(32))?;
    let input = Input {
        algorithm: Algorithm::Argon2id,
        version: Version::V0x13,
        params: &params,
        password: password.as_bytes(),
        salt: salt.as_bytes(),
        secret: &[],
    };
    let mut tag = [0; 32];
    Hasher::new(engine).hash_into(&input, &mut tag)?;
    for byte in tag {
        write!(stdout(), "{byte:02x}")?;
    }
    writeln!(stdout())?;
    Ok(())
}
