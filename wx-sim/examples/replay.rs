//! Does again what a recording says, and tells whether the same comes of it, byte for byte.
//!
//! ```text
//! cargo run -p wx-sim --example replay -- FILE
//! ```
//!
//! Exit code: 0 the same, 1 not the same, or no recording.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program for people"
)]

use std::{fs, process::ExitCode};

use wx_proto::record::replay;

fn main() -> ExitCode {
    let path = std::env::args().nth(1);
    let Some(path) = path.filter(|path| !path.starts_with("--")) else {
        eprintln!("usage: replay FILE");
        return ExitCode::FAILURE;
    };
    // A program that was killed may have left half a character at the end.
    let replay = fs::read(&path)
        .map_err(|error| error.to_string())
        .and_then(|file| {
            replay(&String::from_utf8_lossy(&file)).map_err(|error| error.to_string())
        });
    let replay = match replay {
        Ok(replay) => replay,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{} inputs, {} outputs", replay.inputs, replay.outputs);
    if let Some(line) = replay.unlike {
        println!("from line {line} on it is not what the real session did");
    }
    for difference in &replay.differences {
        println!("{difference}");
    }
    if replay.is_exact() {
        println!("the same, byte for byte");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
