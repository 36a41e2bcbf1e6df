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
    /// The settings and the seed are written too, so take a fresh seed.
    ///
    /// `to` gets whole lines, each with its end, while the client is told something, and nothing else
    /// happens to the session meanwhile: under an adapter, a lock is held. So it must be short, and must
    /// not use any end of the same session, which would wait for ever. A slow disk holds the session up;
    /// where that matters, let `to` send the lines through a channel to a thread of your own. If it panics,
    /// it is not called again.
    ///
    /// It costs what a second client costs, and the time to find other words for those of the service:
    /// each reply is read twice. What stands for which word is remembered until the client is dropped, keys
    /// and texts among them, in up to 64 MiB. A session of days needs a hundredth of that; words beyond it
    /// are replaced as well, but each time by something else, so that the recording is of less use.
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
            // Where this clock will stand: a look at it, which is not written down, may have set it
            // ahead of whoever asked for the time before.
            let now = now.map(|now| Now::new(self.cx.now.mono.max(now.mono), now.unix));
            recorder.write(before, now, input());
        }
    }
}
