//! A client in its world, through anything that may happen there: for the fuzz target
//! `client_vs_server`, and for tests that make steps in another way.
//!
//! None of this is a part of the interface, and it may change with every version.

mod commands;
mod step;
mod trial;

pub use step::{ACTS, ENDPOINTS, Lent, Step};
pub use trial::{Outcome, Trial};

use std::time::Duration;

use wx_proto::{Config, Pace, fuzzing::Feed};

use crate::server::{Cast, Limits, Phone, Setup};

/// Drives a session in a small world through the [steps](Step) of the input, behind one byte of
/// settings. Whether a message was heard in it.
pub fn client_vs_server(data: &[u8]) -> bool {
    let mut feed = Feed::new(data);
    let settings = feed.byte();
    let setup = Setup {
        seed: u64::from(settings & 7),
        cast: Cast::Few,
        packs: false,
        one_account: settings & 8 == 0,
        phone: Phone::Auto {
            scan_after: Duration::ZERO,
            confirm_after: Duration::ZERO,
        },
        limits: Limits {
            accepted: 0,
            ..Limits::default()
        },
        ..Setup::default()
    };
    let mut config = Config::default();
    if settings & 16 == 0 {
        config.pace = Pace::FREE;
    }
    if settings & 32 != 0 {
        config.limits.backlog = 2;
        config.limits.in_flight = 1;
    }
    let mut trial = Trial::new(setup, config, settings);
    if settings & 128 == 0 {
        trial.take(Step::Online);
    }
    // What is long teaches nothing that is not in something short.
    for _ in 0..32 {
        let Some(step) = Step::read(&mut feed) else {
            break;
        };
        trial.take(step);
    }
    trial.finish().heard > 0
}
