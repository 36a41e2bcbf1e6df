//! Some sessions are written down. That must change nothing, give nobody away, and be of use to whoever
//! does the session again.

use std::sync::{Arc, Mutex, PoisonError};

use wx_proto::{Client, Config, Seed, Snapshot, record::replay};
use wx_sim::{
    server::{SecretKind, Server},
    world::{PeerId, World},
};

use super::Bot;
use crate::{
    leak::Search,
    report::{Kind, Report},
};

pub(super) struct Recording {
    file: Arc<Mutex<String>>,
    resumed: bool,
}

impl Bot {
    /// A new client, of which is written down what it is told if this application does that.
    pub(super) fn enter(
        &mut self,
        world: &mut World,
        config: Config,
        from: Option<Snapshot>,
    ) -> PeerId {
        let seed = self.dice.seed();
        if !self.records {
            return match from {
                Some(snapshot) => world.rejoin(config, seed, snapshot),
                None => world.join(config, seed),
            };
        }
        let file = Arc::new(Mutex::new(String::new()));
        let to = Arc::clone(&file);
        self.recording = Some(Recording {
            file,
            resumed: from.is_some(),
        });
        let write = move |line: &str| {
            let mut file = to.lock().unwrap_or_else(PoisonError::into_inner);
            file.push_str(line);
        };
        let limits = config.limits.clone();
        let client = Client::recorded(config, Seed::from(seed), from, write);
        world.enter(client, limits)
    }

    /// The process is over: whether what was written down is any good.
    pub(super) fn do_again(&mut self, server: &Server, report: &mut Report) {
        let Some(recording) = self.recording.take() else {
            return;
        };
        let file = recording.file.lock();
        let file = file.unwrap_or_else(PoisonError::into_inner);
        report.recorded += 1;
        let mut wrong = Vec::new();
        match replay(&file) {
            Ok(again) => {
                wrong.extend(again.differences.first().map(ToString::to_string));
                // A snapshot holds no more than a digest of who asked to be a friend before.
                let is_known = recording.resumed && self.was_asked;
                let unlike = again.unlike.filter(|_| !is_known);
                wrong.extend(unlike.map(|line| format!("unlike the real one from line {line}")));
            }
            Err(error) => wrong.push(error.to_string()),
        }
        // And who is who. What people say may be words that everybody says.
        let mut search = Search::of(|kind| kind.opens_something() || kind == SecretKind::UserName);
        search.add(&file, server);
        search.search(server);
        wrong.extend(search.take());
        for text in wrong {
            report.violation(Kind::Record, self.index, text);
        }
    }
}
