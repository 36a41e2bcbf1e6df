//! A driver, its client, and the simulated service that it talks to.

use std::time::{Duration, Instant};

use wx_proto::{
    Client, Config, EndCause, EventKind, Hosts, Message, Pace, Raw, Receipt, Seed, SendText,
    TransportErrorKind, Trouble, TroubleCause,
    driver::{Roots, TransportConfig},
};

use crate::{
    conformance::{Failure, Subject, TimedOut},
    listen::Listener,
    server::{Act, Deed, Endpoint, Phone, Server, SessionView, Setup, Whose},
};

/// How long a case waits for what takes milliseconds on a machine that has nothing else to do.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// How long a case watches that something does not happen.
pub(super) const A_WHILE: Duration = Duration::from_millis(400);

/// A friend in the simulated address book.
pub(super) const FRIEND: &str = "wxid_anna7c20x1";

/// A session over a simulated service. The session goes first, so that its driver does not see the
/// service vanish.
pub(super) struct Scene<S: Subject> {
    pub(super) session: S,
    pub(super) events: S::Events,
    pub(super) service: Listener,
}

/// A phone that scans and confirms at once, and polls that are held for longer than a case waits:
/// whatever comes within its patience was not owed to the end of a poll.
pub(super) fn setup() -> Setup {
    Setup {
        phone: Phone::Auto {
            scan_after: Duration::ZERO,
            confirm_after: Duration::ZERO,
        },
        hold: PATIENCE * 2,
        ..Setup::default()
    }
}

/// A service that waits for a scan that does not come.
pub(super) fn without_phone() -> Setup {
    Setup {
        phone: Phone::Manual,
        ..setup()
    }
}

pub(super) fn listen(setup: Setup) -> Listener {
    Listener::bind("127.0.0.1:0", setup).expect("no free port on this machine")
}

/// Settings for a service at `url`, without pacing.
pub(super) fn config(url: &str) -> Config {
    let mut config = Config::default();
    config.hosts = Hosts::mapped(url).expect("no base for the service");
    config.pace = Pace::FREE;
    config
}

pub(super) fn client(config: Config) -> Client {
    Client::new(config, Seed::from([7; 32]))
}

/// The direct way, without roots: adapters need no feature for it.
pub(super) fn direct() -> TransportConfig {
    let mut network = TransportConfig::default();
    network.roots = Roots::ExtraOnly;
    network
}

impl<S: Subject> Scene<S> {
    /// A session that begins to log in.
    pub(super) fn at(service: Listener) -> Self {
        Self::tuned(service, |_| {})
    }

    /// The same, with other settings.
    pub(super) fn tuned(service: Listener, tune: impl FnOnce(&mut Config)) -> Self {
        let mut config = config(&service.url());
        tune(&mut config);
        let (session, events) = S::start(client(config), &direct());
        Self {
            session,
            events,
            service,
        }
    }

    /// A session that is open and at rest: the phone has told its list of conversations, and a poll
    /// is held.
    pub(super) fn online() -> Self {
        Self::online_with(setup(), |_| {})
    }

    pub(super) fn online_with(setup: Setup, tune: impl FnOnce(&mut Config)) -> Self {
        let mut scene = Self::tuned(listen(setup), tune);
        scene.reach_online();
        scene.rest();
        scene
    }

    pub(super) fn reach_online(&mut self) {
        until::<S, _>(&mut self.events, "the session is open", |kind| {
            matches!(kind, EventKind::Online(_)).then_some(())
        });
    }

    /// Waits until a poll is held behind the first sync.
    pub(super) fn rest(&self) {
        self.wait(
            "a long poll (the loop waits neither for the network nor for a reader)",
            |server| {
                let session = server.sessions().pop();
                requests(server, Endpoint::Sync) > 0 && session.is_some_and(|it| it.polling)
            },
        );
    }

    /// Waits until the service is as described.
    pub(super) fn wait(&self, what: &str, is_so: impl FnMut(&Server) -> bool) {
        let came = self.service.wait_until(PATIENCE, is_so);
        assert!(came, "the service waited {PATIENCE:?} for {what}");
    }

    /// The friend writes.
    pub(super) fn hear(&self, text: &str) {
        self.act(Act::Text {
            from: FRIEND.to_owned(),
            text: text.to_owned(),
        });
    }

    pub(super) fn act(&self, act: Act) {
        let done = self.service.act(Deed::In(Whose::Latest, act));
        done.expect("the service cannot do that");
    }

    /// A text to `filehelper`, whom everybody may write to.
    pub(super) fn text(&self, text: &str) -> SendText {
        self.text_to("filehelper", text)
    }

    pub(super) fn text_to(&self, user_name: &'static str, text: &str) -> SendText {
        text_to(&self.session, user_name, text)
    }

    /// Says something, and expects that it is taken.
    pub(super) fn say(&self, text: &str) -> Receipt {
        let said = self.session.call(self.text(text), PATIENCE);
        said.unwrap_or_else(|why| panic!("a text was not taken: {why:?}"))
    }

    /// What the service was told, in its order.
    pub(super) fn said(&self) -> Vec<String> {
        self.service
            .with(|server| server.received().map(|text| text.text.clone()).collect())
    }

    /// How many requests of this kind came.
    pub(super) fn requests(&self, endpoint: Endpoint) -> u64 {
        self.service.with(|server| requests(server, endpoint))
    }

    /// The next text that somebody says.
    pub(super) fn heard(&mut self) -> String {
        heard::<S>(&mut self.events)
    }

    pub(super) fn hears(&mut self, texts: &[String]) {
        for text in texts {
            assert_eq!(
                &self.heard(),
                text,
                "messages come once each, in the order in which they were said"
            );
        }
    }

    /// What failed first.
    pub(super) fn trouble(&mut self) -> TroubleCause {
        self.whole_trouble().cause
    }

    pub(super) fn whole_trouble(&mut self) -> Trouble {
        until::<S, _>(&mut self.events, "something fails", |kind| match kind {
            EventKind::Trouble(trouble) => Some(trouble),
            _ => None,
        })
    }

    /// No request was refused or frowned upon.
    pub(super) fn assert_clean(&self) {
        let faults: Vec<_> = self
            .service
            .with(|server| server.faults().map(ToString::to_string).collect());
        assert!(
            faults.is_empty(),
            "rule 4: requests go out as given, but the service found faults: {faults:?}"
        );
    }
}

pub(super) fn text_to<S: Subject>(session: &S, user_name: &'static str, text: &str) -> SendText {
    let chat = session.inspect(move |client| client.chat(user_name));
    let chat = chat.flatten().expect("an open session has chats");
    SendText::new(chat, text)
}

/// Something that would happen twice if it were asked for twice.
pub(super) fn once() -> Raw {
    Raw::post("webwxcreatechatroom", "{}")
}

/// Reads events until one is what is looked for.
pub(super) fn until<S: Subject, T>(
    events: &mut S::Events,
    what: &str,
    mut pick: impl FnMut(EventKind) -> Option<T>,
) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        match S::next(events, until.saturating_duration_since(Instant::now())) {
            Ok(Some(event)) => {
                if let Some(found) = pick(event.kind) {
                    return found;
                }
            }
            Ok(None) => panic!("the events ended before this: {what}"),
            Err(TimedOut) => panic!("in {PATIENCE:?} no event said this: {what}"),
        }
    }
}

pub(super) fn heard<S: Subject>(events: &mut S::Events) -> String {
    until::<S, _>(events, "somebody says something", |kind| match kind {
        EventKind::Message(message) => said(&message),
        _ => None,
    })
}

pub(super) fn said(message: &Message) -> Option<String> {
    message.text().map(str::to_owned)
}

/// All events that are left.
pub(super) fn rest<S: Subject>(events: &mut S::Events) -> Vec<EventKind> {
    let mut rest = Vec::new();
    loop {
        match S::next(events, PATIENCE) {
            Ok(Some(event)) => rest.push(event.kind),
            Ok(None) => return rest,
            Err(TimedOut) => panic!(
                "rule 12: after the end the remaining events are handed over, and the stream ends; \
                 it did not in {PATIENCE:?}, after {rest:?}"
            ),
        }
    }
}

/// Why the session ended, from the events that are left.
pub(super) fn end<S: Subject>(events: &mut S::Events) -> EndCause {
    let rest = rest::<S>(events);
    let ends = rest
        .iter()
        .filter(|kind| matches!(kind, EventKind::Ended(_)));
    match (ends.count(), rest.last()) {
        (1, Some(EventKind::Ended(ended))) => ended.cause.clone(),
        _ => panic!("rule 12: `Ended` comes once, as the last event, but these came: {rest:?}"),
    }
}

pub(super) fn requests(server: &Server, endpoint: Endpoint) -> u64 {
    let tally = server.tallies().get(&endpoint);
    tally.map_or(0, |tally| tally.requests)
}

/// The session that was opened last.
pub(super) fn newest(server: &Server) -> SessionView {
    let newest = server.sessions().pop();
    newest.expect("no session was opened")
}

/// Waits until a condition holds that only the client can tell.
pub(super) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < until, "in {PATIENCE:?} never true: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The error of the command itself.
pub(super) fn refused<T: std::fmt::Debug>(
    result: Result<T, Failure>,
) -> Option<wx_proto::CommandError> {
    match result {
        Err(Failure::Call(wx_proto::driver::CallError::Command(error))) => Some(error),
        _ => None,
    }
}

/// How the exchange behind a command failed, and how many there were.
pub(super) fn lost<T: std::fmt::Debug>(result: Result<T, Failure>) -> TransportErrorKind {
    let shown = format!("{result:?}");
    match refused(result) {
        Some(wx_proto::CommandError::Transport { last, .. }) => last,
        _ => panic!("rule 8: an exchange that failed is reported as such, not as {shown}"),
    }
}
