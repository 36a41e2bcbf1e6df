//! What holds for every command, whatever it does.

use wx_proto::{ApiError, CommandError, Language, Phase, Ret, TransportErrorKind};
use wx_sim::net::Fate;

use crate::{
    common::{garbage::bad_replies, *},
    stage::{Stage, Wait},
};

/// A command, and what is to be known of it.
pub(crate) struct Case {
    /// Every request it makes, in order; an endpoint that it asks several times stands here once.
    pub(crate) asks: &'static [&'static str],
    /// A second request would act a second time, so that it is not asked again after it may have
    /// been heard.
    pub(crate) once: bool,
    /// Its replies say nothing that could be a refusal.
    pub(crate) deaf: bool,
    pub(crate) submit: fn(&mut Stage) -> Box<dyn Wait>,
}

impl Case {
    pub(crate) fn succeeds(&self) {
        let mut stage = Stage::new();
        let before: Vec<_> = self.asks.iter().map(|name| stage.asked(name)).collect();
        let pending = (self.submit)(&mut stage);
        pending.finish(&mut stage).unwrap();
        for (name, before) in self.asks.iter().zip(before) {
            assert!(stage.asked(name) > before, "{name} was not asked");
        }
        self.leaves_a_session(&mut stage);
        assert_clean(&stage.world);
    }

    /// The service says no.
    pub(crate) fn is_refused(&self) {
        for endpoint in self.asks.iter().filter(|_| !self.deaf) {
            let mut stage = Stage::new();
            let no = r#"{"BaseResponse":{"Ret":-2,"ErrMsg":"words for the user"}}"#;
            let mut reply = page(200, no);
            let json = http::HeaderValue::from_static("text/plain");
            reply.headers_mut().insert("content-type", json);
            stage.world.server_mut().plant(endpoint, 100, reply);
            let pending = (self.submit)(&mut stage);
            let id = pending.id();
            let error = pending.finish(&mut stage).unwrap_err();
            let CommandError::Rejected { error: refusal, .. } = &error else {
                panic!("{endpoint}: {error:?}");
            };
            assert_eq!(refusal.ret, Ret::LOGIC_ERROR);
            assert_eq!(refusal.text, "words for the user");
            assert_eq!(refusal.endpoint.name(), *endpoint);
            for language in [Language::En, Language::Zh] {
                assert!(!refusal.hint(language).is_empty());
            }
            assert!(!error.is_retryable() && !error.ends_session());
            assert!(stage.world.sink(stage.bot, id).is_empty());
            self.leaves_a_session(&mut stage);
        }
    }

    /// "Too often" stops the class, and the command if it waits too long.
    pub(crate) fn is_slowed_down(&self) {
        for endpoint in self.asks.iter().filter(|_| !self.deaf) {
            let mut stage = Stage::new();
            let often = r#"{"BaseResponse":{"Ret":1205,"ErrMsg":""}}"#;
            let mut reply = page(200, often);
            let json = http::HeaderValue::from_static("application/json");
            reply.headers_mut().insert("content-type", json);
            stage.world.server_mut().plant(endpoint, 1, reply);
            let start = stage.world.now();
            let pending = (self.submit)(&mut stage);
            let outcome = pending.finish(&mut stage);
            let took = stage.world.now() - start;
            if self.once {
                let error = outcome.unwrap_err();
                let is_it = |it: &ApiError| it.ret == Ret::TOO_OFTEN;
                assert!(
                    matches!(&error, CommandError::Rejected { error, .. } if is_it(error)),
                    "{endpoint}: {error:?}"
                );
                assert!(error.is_risk_signal());
            } else {
                outcome.unwrap();
                assert!(took >= 60 * SECOND, "{endpoint}: after {took:?}");
            }
            let events = stage.world.events(stage.bot);
            assert!(names(&events).contains(&"paced"), "{:?}", names(&events));
        }
    }

    /// The network fails at each of its requests, once: before anything left, after the service
    /// has acted, in the middle of the reply, and for ever.
    pub(crate) fn survives_faults(&self) {
        use TransportErrorKind::{Connect, Reset};
        for endpoint in self.asks {
            let unsent = self.meets(endpoint, 1, Fate::Fails(Connect));
            unsent.unwrap_or_else(|error| panic!("{endpoint}: {error}"));

            for fate in [
                Fate::Unheard(Reset),
                Fate::Fails(Reset),
                Fate::Stalls,
                Fate::Unavailable,
            ] {
                let lost = self.meets(endpoint, 1, fate);
                // A download that took too long may have left bytes in the sink.
                let is_spent = fate == Fate::Stalls && is_download(endpoint);
                match lost {
                    // Whoever does not listen hears nothing wrong.
                    Ok(()) if self.deaf && fate == Fate::Unavailable => {}
                    Ok(()) => assert!(!self.once && !is_spent, "{endpoint}, {fate:?}"),
                    Err(CommandError::Transport { maybe_sent, .. }) => {
                        assert!(self.once || is_spent, "{endpoint}, {fate:?}");
                        assert_eq!(maybe_sent, self.once);
                    }
                    // Nothing of a reply: it says that somebody else answered.
                    Err(CommandError::Protocol { .. }) if fate == Fate::Unavailable => {
                        assert!(self.once, "{endpoint}");
                    }
                    Err(error) => panic!("{endpoint}, {fate:?}: {error:?}"),
                }
            }

            let never = self.meets(endpoint, 10_000, Fate::Fails(Connect));
            let Err(CommandError::Transport {
                last: Connect,
                maybe_sent: false,
                ..
            }) = never
            else {
                panic!("{endpoint}: {never:?}");
            };
        }
    }

    fn meets(&self, endpoint: &str, times: u32, fate: Fate) -> Result<(), CommandError> {
        let mut stage = Stage::new();
        stage.world.doom(endpoint, times, fate);
        let pending = (self.submit)(&mut stage);
        let outcome = pending.finish(&mut stage).map(|_| ());
        stage.world.doom(endpoint, 0, Fate::Arrives);
        assert_eq!(stage.world.violations(), <&[String]>::default());
        // The service had to take nothing amiss, and nothing was said twice.
        let faults: Vec<_> = stage.world.server().faults().collect();
        assert!(faults.is_empty(), "{endpoint}, {fate:?}: {faults:?}");
        outcome
    }

    /// Something else than a reply comes, again and again: that is an end as well, within bounds.
    pub(crate) fn meets_garbage(&self) {
        for endpoint in self.asks {
            let mut stage = Stage::new();
            for (what, reply) in bad_replies() {
                // The large ones are for those who parse large replies.
                if reply.body().len() > 4_000_000 || what == "a gzip bomb" {
                    continue;
                }
                stage.world.server_mut().plant(endpoint, 100, reply);
                let start = stage.world.now();
                let pending = (self.submit)(&mut stage);
                let bot = stage.bot;
                let outcome = pending.finish(&mut stage);
                stage.world.server_mut().unplant();
                let took = stage.world.now() - start;
                assert!(took < 400 * SECOND, "{endpoint}, {what}: {took:?}");
                match outcome {
                    // A file may hold anything, and a bare success is one.
                    Ok(_) => assert!(
                        is_download(endpoint) || self.deaf || what == "a bare success",
                        "{endpoint}, {what}"
                    ),
                    Err(CommandError::Protocol { .. } | CommandError::Transport { .. }) => {}
                    // What follows lacks what the reply should have brought.
                    Err(CommandError::Rejected { .. }) if what == "a bare success" => {}
                    Err(error) => panic!("{endpoint}, {what}: {error:?}"),
                }
                assert_eq!(stage.world.client(bot).phase(), Phase::Online, "{what}");
            }
            assert_eq!(stage.world.violations(), <&[String]>::default());
        }
    }

    /// Cancelled before it was sent, and while each of its requests is on the wire.
    pub(crate) fn is_cancelled(&self) {
        for endpoint in self.asks {
            let mut stage = Stage::new();
            let before = stage.asked(endpoint);
            stage.world.doom(endpoint, 1, Fate::Stalls);
            let pending = (self.submit)(&mut stage);
            let bot = stage.bot;
            let path = format!("/{endpoint}");
            let is_out = |world: &wx_sim::world::World| {
                let sent = world.sent(bot).iter();
                sent.filter(|sent| sent.path.ends_with(&path)).count() > before
            };
            assert!(stage.world.run_until(60 * SECOND, is_out), "{endpoint}");
            stage.run(SECOND / 10);
            stage.world.cancel(bot, pending.id());
            let outcome = pending.outcome(&mut stage).unwrap();
            let error = outcome.unwrap_err();
            assert!(
                matches!(error, CommandError::Cancelled { .. }),
                "{endpoint}: {error:?}"
            );
            assert_eq!(stage.world.client(bot).outbox().count(), 0);
            let after = stage.asked(endpoint);
            stage.run(10 * 60 * SECOND);
            assert_eq!(stage.asked(endpoint), after, "{endpoint} was asked again");
            assert_eq!(stage.world.violations(), <&[String]>::default());
        }
    }

    /// Whatever became of the command, the session goes on.
    fn leaves_a_session(&self, stage: &mut Stage) {
        if self.asks.contains(&"webwxlogout") {
            return;
        }
        assert_eq!(stage.world.client(stage.bot).phase(), Phase::Online);
        assert_eq!(stage.world.violations(), <&[String]>::default());
    }
}

fn is_download(endpoint: &str) -> bool {
    endpoint.starts_with("webwxget")
}
