//! A client that is written down.

use crate::{
    client::Client,
    config::Config,
    record::{Input, Recorder},
    rng::Seed,
    snapshot::Snapshot,
    time::Now,
};

impl Client {
    /// A client as [`new`](Self::new) makes it, or with `from` as [`resume`](Self::resume) does, and
    /// everything it is told from then on is written down: see [`record`](crate::record) for what is
    /// in it, and what is not.
    ///
    /// `to` gets whole lines, each with its end, while the client is told something. It costs what a
    /// second client costs, and the time to find other words for those of the service.
    pub fn recorded(
        config: Config,
        seed: Seed,
        from: Option<Snapshot>,
        to: impl FnMut(&str) + Send + 'static,
    ) -> Self {
        let again = Seed::from(*seed.bytes());
        let recorder = Recorder::new(config.clone(), again, from.as_ref(), Box::new(to));
        let mut client = match from {
            Some(from) => Self::resume(config, seed, from),
            None => Self::new(config, seed),
        };
        client.recorder = Some(Box::new(recorder));
        client
    }

    pub(super) fn record(&mut self, now: Option<Now>, input: impl FnOnce() -> Input) {
        if let Some(recorder) = &mut self.recorder {
            let before = (self.cx.stats, self.cx.session.my_name());
            recorder.write(before, now, input());
        }
    }
}
